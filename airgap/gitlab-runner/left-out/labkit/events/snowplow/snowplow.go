// Package snowplow stands in for the sending of usage events, which is refused: no emitter can be made.
package snowplow

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"gitlab.com/gitlab-org/labkit/v2/events/snowplow/metrics"
	"gitlab.com/gitlab-org/labkit/v2/events/snowplow/oidc"
)

var errLeftOut = errors.New("this build of gitlab-runner sends no usage events")

type (
	Emitter       struct{}
	EmitterOption struct{}
	Tracker       struct{}

	SendResult struct {
		EventCount int
		StatusCode int
		Err        error
	}
	SendCallback func(successes, failures []SendResult)

	BillingEventRequiredInput struct {
		Category, EventType, Realm, UnitOfMeasure string
		Quantity                                  float64
	}
	BillingEventOptionalInput struct {
		Subject, DeploymentType, InstanceID, UniqueInstanceID   string
		ProjectID, NamespaceID, RootNamespaceID, OrganizationID int64
		Metadata                                                map[string]any
	}
)

func WithCallback(SendCallback) EmitterOption                              { return EmitterOption{} }
func WithTokenSource(oidc.Source) EmitterOption                            { return EmitterOption{} }
func WithMetricsCollectorOptions(...metrics.CollectorOption) EmitterOption { return EmitterOption{} }
func NewEmitter(string, ...EmitterOption) (*Emitter, error)                { return nil, errLeftOut }
func NewTracker(string, *Emitter) (*Tracker, error)                        { return nil, errLeftOut }
func (*Emitter) Collector() prometheus.Collector                           { panic(errLeftOut) }
func (*Tracker) Stop()                                                     { panic(errLeftOut) }
func (*Tracker) TrackBillingEventWithOptionalInput(BillingEventRequiredInput, BillingEventOptionalInput) error {
	return errLeftOut
}
