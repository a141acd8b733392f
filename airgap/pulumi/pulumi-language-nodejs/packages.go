package main

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// What is read of a package.json.
type manifest struct {
	Version         string
	Dependencies    map[string]string
	DevDependencies map[string]string
}

// InstallDependencies runs npm install in a program's folder, for `pulumi install`.
func (host *languageHost) InstallDependencies(
	request *pulumirpc.InstallDependenciesRequest,
	answer pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	streams, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(answer, request.IsTerminal)
	if err != nil {
		return err
	}
	npm, release := host.command(answer.Context(), request.Info.GetProgramDirectory(),
		"npm", "install", "--no-audit", "--no-fund")
	defer release()
	npm.Stdout, npm.Stderr = stdout, stderr
	if err := npm.Run(); err != nil {
		return cannotRun("npm install failed; see its output: %v", err)
	}
	return streams.Close()
}

// About tells which Node runs programs.
func (*languageHost) About(context.Context, *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, cannotRun("Node is not installed: %v", err)
	}
	version, err := exec.Command(node, "--version").Output()
	return &pulumirpc.AboutResponse{Executable: node, Version: strings.TrimSpace(string(version))}, err
}

// GetProgramDependencies lists the dependencies that a program's package.json names, with their installed
// versions.
func (*languageHost) GetProgramDependencies(
	_ context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	folder := request.Info.GetProgramDirectory()
	program := readManifest(folder)
	names := slices.Concat(
		slices.Collect(maps.Keys(program.Dependencies)), slices.Collect(maps.Keys(program.DevDependencies)))
	slices.Sort(names)
	answer := &pulumirpc.GetProgramDependenciesResponse{}
	for _, name := range slices.Compact(names) {
		dependency := &pulumirpc.DependencyInfo{Name: name}
		if installed := installedPackage(folder, name); installed != "" {
			dependency.Version = readManifest(installed).Version
		}
		answer.Dependencies = append(answer.Dependencies, dependency)
	}
	return answer, nil
}

// The folder of a package that programs of a folder import; "" if it is not installed.
func installedPackage(folder, name string) string {
	for {
		found := filepath.Join(folder, "node_modules", name)
		if _, err := os.Stat(filepath.Join(found, "package.json")); err == nil {
			return found
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return ""
		}
		folder = parent
	}
}

// An empty one if there is none, or if it cannot be read.
func readManifest(folder string) (read manifest) {
	text, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err == nil {
		_ = json.Unmarshal(text, &read)
	}
	return read
}
