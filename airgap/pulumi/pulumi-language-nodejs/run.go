package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The exit code of a program that has shown its error itself.
// Source: nodeJSProcessExitedAfterLoggingUserActionableMessage in @pulumi/pulumi/cmd/run.
const alreadyExplained = 32

// From SIGTERM to SIGKILL.
const stopLimit = 5 * time.Second

// Run runs a program with the @pulumi/pulumi of its own packages.
func (host *languageHost) Run(
	ctx context.Context, request *pulumirpc.RunRequest,
) (*pulumirpc.RunResponse, error) {
	args, environment, err := programCommand(request, host.engineAddress)
	if err != nil {
		return nil, err
	}
	program, release := host.command(ctx, request.Pwd, "node", args...)
	defer release()
	program.Env = append(program.Environ(), environment...)
	program.Stdout, program.Stderr = os.Stdout, os.Stderr
	err = program.Run()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case !errors.As(err, &failed):
		return nil, err
	case failed.ExitCode() == alreadyExplained:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case failed.ExitCode() < 0:
		return &pulumirpc.RunResponse{Error: "the program was ended: " + failed.String()}, nil
	default:
		return &pulumirpc.RunResponse{
			Error: fmt.Sprintf("the program ended with exit code %d", failed.ExitCode()),
		}, nil
	}
}

// A program that ends with its request and with the host. Release it once it has ended.
func (host *languageHost) command(
	request context.Context, folder string, name string, args ...string,
) (*exec.Cmd, func()) {
	ctx, end := context.WithCancel(request)
	forget := context.AfterFunc(host.life, end)
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = folder
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopLimit
	return command, func() { forget(); end() }
}

// The arguments of node, and the variables on top of the host's own.
func programCommand(request *pulumirpc.RunRequest, engineAddress string) ([]string, []string, error) {
	info := request.Info
	options, err := readRuntimeOptions(info.GetOptions())
	if err != nil {
		return nil, nil, err
	}
	runner, err := programRunner(info.GetProgramDirectory())
	if err != nil {
		return nil, nil, err
	}
	args := append(options.nodeArguments, runner,
		"--monitor", request.MonitorAddress,
		"--engine", engineAddress,
		"--organization", request.Organization,
		"--project", request.Project,
		"--root-directory", info.GetRootDirectory(),
		"--stack", request.Stack,
		"--pwd", request.Pwd,
		"--parallel", strconv.Itoa(int(request.Parallel)))
	if request.DryRun {
		args = append(args, "--dry-run")
	}
	args = append(append(args, info.GetEntryPoint()), request.Args...)
	// The SDK reads no null, as a nil map and a nil slice are encoded.
	config := map[string]string{}
	maps.Copy(config, request.Config)
	variables := []string{
		"NODE_COMPILE_CACHE=" + cmp.Or(os.Getenv("NODE_COMPILE_CACHE"),
			filepath.Join(os.TempDir(), "node-compile-cache")),
		"PULUMI_CONFIG=" + asJSON(config),
		"PULUMI_CONFIG_SECRET_KEYS=" + asJSON(append([]string{}, request.ConfigSecretKeys...)),
		"PULUMI_NODEJS_TYPESCRIPT=" + strconv.FormatBool(options.TypeScript),
	}
	if options.Tsconfig != "" {
		variables = append(variables, "PULUMI_NODEJS_TSCONFIG_PATH="+options.Tsconfig)
	}
	return args, variables, nil
}

// The script of @pulumi/pulumi that runs a program.
func programRunner(folder string) (string, error) {
	sdk := installedPackage(folder, "@pulumi/pulumi")
	if sdk == "" {
		return "", cannotRun("%s: @pulumi/pulumi is not installed; run npm install there", folder)
	}
	// Node finds the SDK's own packages beside the real folder.
	sdk, err := filepath.EvalSymlinks(sdk)
	return filepath.Join(sdk, "cmd", "run"), err
}

// The error of a program that cannot be started as it is.
func cannotRun(format string, values ...any) error {
	return status.Errorf(codes.FailedPrecondition, format, values...)
}

// Strings and lists of them can always be encoded.
func asJSON(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}
