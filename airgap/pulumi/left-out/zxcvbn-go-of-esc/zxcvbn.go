// Package zxcvbn is the other one: Pulumi's CLI imports it under two names.
package zxcvbn

import "github.com/nbutton23/zxcvbn-go"

var PasswordStrength = zxcvbn.PasswordStrength
