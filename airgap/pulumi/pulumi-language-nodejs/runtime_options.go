package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/google/shlex"
	"google.golang.org/protobuf/types/known/structpb"
)

// runtime.options of Pulumi.yaml.
type runtimeOptions struct {
	TypeScript bool   `json:"typescript"`
	Tsconfig   string `json:"tsconfig"`
	NodeArgs   string `json:"nodeargs"`
	// Of installations.
	PackageManager any `json:"packagemanager"`
	Production     any `json:"production"`

	nodeArguments []string
}

func readRuntimeOptions(declared *structpb.Struct) (runtimeOptions, error) {
	// The default of Pulumi's own language host.
	options := runtimeOptions{TypeScript: true}
	text, err := declared.MarshalJSON()
	if err != nil {
		return options, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err = decoder.Decode(&options); err == nil {
		options.nodeArguments, err = shlex.Split(options.NodeArgs)
	}
	if err != nil {
		return options, cannotRun("Pulumi.yaml: runtime.options: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return options, nil
}
