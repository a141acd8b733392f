// Package kubernetes has no types of objects.
package kubernetes

import "reflect"

// UntypedArgs are the properties of an object.
type UntypedArgs map[string]any

func (UntypedArgs) ElementType() reflect.Type { return reflect.TypeFor[map[string]any]() }
