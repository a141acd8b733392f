// Package ast stands in for the syntax tree of an expression; none is ever made.
package ast

type (
	Expr interface {
		Walk(Visitor) (Expr, error)
	}
	Visitor interface {
		Enter(Expr) (Visitor, error)
		Exit(Expr) (Expr, error)
	}
	Template struct{}
)

func (t *Template) Walk(Visitor) (Expr, error) { return t, nil }
