// gitlab-runner with the Docker and the Kubernetes executor and nothing else: no other executors, no caches in a cloud, no
// resolvers of secrets.
package main

import (
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli"

	"gitlab.com/gitlab-org/gitlab-runner/commands"
	"gitlab.com/gitlab-org/gitlab-runner/common"
	"gitlab.com/gitlab-org/gitlab-runner/executors"
	"gitlab.com/gitlab-org/gitlab-runner/executors/docker"
	"gitlab.com/gitlab-org/gitlab-runner/executors/kubernetes"
	clihelpers "gitlab.com/gitlab-org/gitlab-runner/helpers/cli"
	"gitlab.com/gitlab-org/gitlab-runner/log"
	"gitlab.com/gitlab-org/gitlab-runner/network"

	_ "gitlab.com/gitlab-org/gitlab-runner/shells"
)

func main() {
	requests := network.NewAPIRequestsCollector()
	providers := executors.NewProviderRegistry(map[string]common.ExecutorProvider{
		"docker":     docker.NewProvider(),
		"kubernetes": kubernetes.NewProvider(),
	})
	gitlab := network.NewGitLabClient(
		network.WithAPIRequestsCollector(requests),
		network.WithCertificateDirectory(commands.GetDefaultCertificateDirectory()),
		network.WithExecutorProviderFunc(providers.GetByName),
	)

	app := cli.NewApp()
	app.Name = filepath.Base(os.Args[0])
	app.Usage = "a GitLab Runner with the Docker and the Kubernetes executor alone"
	app.Version = common.AppVersion.ShortLine()
	cli.VersionPrinter = common.AppVersion.Printer
	app.Commands = append([]cli.Command{
		commands.NewListCommand(),
		commands.NewLintCommand(),
		commands.NewRegisterCommand(gitlab, providers),
		commands.NewRunCommand(gitlab, requests, providers),
		commands.NewRunSingleCommand(gitlab, providers),
		commands.NewUnregisterCommand(gitlab),
		commands.NewVerifyCommand(gitlab),
	}, commands.NewServiceCommands()...)

	clihelpers.InitCli()
	clihelpers.LogRuntimePlatform(app)
	clihelpers.FixHOME(app)
	log.ConfigureLogging(app)

	if err := app.Run(os.Args); err != nil {
		logrus.Fatal(err)
	}
}
