// Package schema stands in for the steps of a job with `run:` in place of `script:`. Such a job is refused; see package extended.
package schema

type (
	StepInputs map[string]any

	Step struct {
		Name   *string    `json:"name,omitempty"   yaml:"name,omitempty"`
		Step   any        `json:"step,omitempty"   yaml:"step,omitempty"`
		Inputs StepInputs `json:"inputs,omitempty" yaml:"inputs,omitempty"`
		Run    []Step     `json:"run,omitempty"    yaml:"run,omitempty"`
	}
)
