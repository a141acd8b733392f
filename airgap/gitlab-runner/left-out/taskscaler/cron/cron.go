// Package cron has what gitlab-runner's Kubernetes executor requires of periods of pause pods. Only the period
// of all times works.
package cron

import (
	"errors"
	"time"
)

type Schedule struct{}

func Parse(spec, timezone string) (Schedule, error) {
	if spec == "* * * * *" {
		return Schedule{}, nil
	}
	return Schedule{}, errors.New("this gitlab-runner supports only the period * * * * *")
}

func (Schedule) Contains(time.Time) bool { return true }
