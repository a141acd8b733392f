// Package scheme has no codec: Kubernetes is left out.
package scheme

import "k8s.io/apimachinery/pkg/runtime"

var ParameterCodec runtime.ParameterCodec
