// Package metrics stands in for the metrics of usage events, of which there are none.
package metrics

type CollectorOption struct{}

func WithCollectorNamespace(string) CollectorOption                       { return CollectorOption{} }
func WithCollectorBatchDeliveryDurationBuckets([]float64) CollectorOption { return CollectorOption{} }
