// Package proto stands in for the words in which built-in steps describe themselves.
package proto

import (
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/structpb"
)

type (
	ValueType int

	Spec         struct{ Spec *Spec_Content }
	Spec_Content struct {
		Inputs map[string]*Spec_Content_Input
	}
	Spec_Content_Input struct {
		Type      ValueType
		Default   *structpb.Value
		Sensitive bool
	}
)

const (
	ValueType_string ValueType = iota
	ValueType_array
	ValueType_boolean
)

func (s *Spec) GetSpec() *Spec_Content                            { return s.Spec }
func (c *Spec_Content) GetInputs() map[string]*Spec_Content_Input { return c.Inputs }

// RegisterStepRunnerServer is for the server of steps alone, which nothing starts.
func RegisterStepRunnerServer(*grpc.Server, any) {
	panic("this build of gitlab-runner runs scripts, not steps")
}
