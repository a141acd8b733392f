// Package value stands in for the values of job inputs. Reading one refuses.
package value

import (
	"errors"
	"iter"
)

type (
	Kind   string
	Value  struct{}
	Mapper interface {
		All() iter.Seq2[Value, Value]
		Attr(string) (Value, error)
		Get(Value) (Value, error)
		Keys() iter.Seq[Value]
		Len() int
		Values() iter.Seq[Value]
		WithMarks(uint16) Mapper
	}
)

const (
	NullKind   Kind = "null"
	StringKind Kind = "string"
	NumberKind Kind = "number"
	BoolKind   Kind = "boolean"
	ArrayKind  Kind = "array"
	ObjectKind Kind = "object"
)

var (
	ErrAttributeNotFound = errors.New("attribute not found")
	ErrInvalidKey        = errors.New("invalid key")
	errLeftOut           = errors.New("this build of gitlab-runner has no job inputs")
)

func Null() Value                          { return Value{} }
func String(string) Value                  { return Value{} }
func Object(Mapper) Value                  { return Value{} }
func (Value) Kind() Kind                   { return NullKind }
func (Value) String() string               { return "" }
func (Value) HasMarks(uint16) bool         { return false }
func (v Value) WithMarks(uint16) Value     { return v }
func (*Value) UnmarshalJSON([]byte) error  { return errLeftOut }
func (Value) MarshalJSON() ([]byte, error) { return nil, errLeftOut }
