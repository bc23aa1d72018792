package main

import (
	"bufio"
	"bytes"
	"context"
	"log"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tfsdklog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// serveVariable makes the test binary serve instead of running tests: the
// loggers write to the standard error that a process starts with, so what they
// write can be seen only from outside the process.
const serveVariable = "ADVANCE_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(serveVariable) == "" {
		os.Exit(m.Run())
	}
	if err := serve(newChattyServer, false); err != nil {
		panic(err)
	}
}

// ofNetHTTP stands for what net/http writes to the standard logger: what a
// server sent.
const ofNetHTTP = "Unsolicited response received on idle HTTP channel"

// chattyServer is the provider, with a message to every logger that there is
// on top.
type chattyServer struct {
	tfprotov6.ProviderServer
}

func newChattyServer() tfprotov6.ProviderServer {
	return chattyServer{newServer()}
}

func (s chattyServer) GetProviderSchema(ctx context.Context, req *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	log.Print(ofNetHTTP)
	tflog.Error(ctx, "from the provider")
	tflog.SubsystemError(tflog.NewSubsystem(ctx, "part"), "part", "from a part of the provider")
	tfsdklog.Error(ctx, "from the SDK")
	tfsdklog.SubsystemError(tfsdklog.NewSubsystem(ctx, "part"), "part", "from a part of the SDK")
	return s.ProviderServer.GetProviderSchema(ctx, req)
}

func TestLogs_offUnlessAskedFor(t *testing.T) {
	t.Parallel()

	everything := []string{
		"from the provider", "from a part of the provider",
		"from the SDK", "from a part of the SDK",
		`"@module":"sdk.proto"`, `"@module":"sdk.framework"`, "plugin address",
	}
	tests := map[string]struct {
		env    []string
		want   []string
		absent []string
	}{
		"no variable":       {},
		"an empty variable": {env: []string{"TF_LOG="}},
		"another variable":  {env: []string{"TF_INPUT=0", "MY_TF_LOG=TRACE"}},
		"TF_LOG":            {env: []string{"TF_LOG=TRACE"}, want: everything},
		"TF_LOG_PATH alone": {env: []string{"TF_LOG_PATH=log.txt"}, want: everything},
		"one logger of two": {
			env:    []string{"TF_LOG_SDK=OFF", "TF_LOG_PROVIDER_ADVANCE=DEBUG"},
			want:   []string{"from the provider", "from a part of the provider"},
			absent: []string{"from the SDK", "from a part of the SDK", "sdk.proto", "sdk.framework"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			logs := logsOfOneCall(t, test.env)
			if len(test.want) == 0 && logs != "" {
				t.Errorf("want nothing on standard error, got:\n%s", logs)
			}
			for _, want := range test.want {
				if !strings.Contains(logs, want) {
					t.Errorf("want %q on standard error, got:\n%s", want, logs)
				}
			}
			for _, absent := range append(test.absent, ofNetHTTP) {
				if strings.Contains(logs, absent) {
					t.Errorf("want no %q on standard error, got:\n%s", absent, logs)
				}
			}
		})
	}
}

// logsOfOneCall serves in a process of its own, asks it for its schema as
// Terraform does, and returns what it wrote to standard error.
func logsOfOneCall(t *testing.T, env []string) string {
	t.Helper()

	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stderr, _ := serveOneCall(t, self, append(env, serveVariable+"=1"))
	return stderr
}

// serveOneCall starts a provider, asks it for its schema as Terraform does, and
// ends it. It returns what the provider wrote to standard error.
func serveOneCall(t *testing.T, path string, env []string) (stderr string, state *os.ProcessState) {
	t.Helper()

	var written bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path)
	cmd.Env = append(withoutLogVariables(os.Environ()), env...)
	cmd.Env = append(cmd.Env,
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
		"PLUGIN_PROTOCOL_VERSIONS=6",
	)
	cmd.Stderr = &written
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill() //nolint:errcheck // It has usually ended by then, which is an error to Kill.

	handshake, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		_ = cmd.Wait() // What it wrote is all there only then.
		t.Fatalf("reading the handshake: %v; standard error:\n%s", err, written.String())
	}
	callAndShutDown(t, handshake)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the provider ended with %v; standard error:\n%s", err, written.String())
	}
	return written.String(), cmd.ProcessState
}

// callAndShutDown makes the calls of one short life of a provider. What they
// answer does not matter here, so any message type will do to hold it.
func callAndShutDown(t *testing.T, handshake string) {
	t.Helper()

	// core version | protocol version | network | address | protocol | ...
	fields := strings.Split(strings.TrimSpace(handshake), "|")
	if len(fields) < 5 {
		t.Fatalf("handshake %q has too few fields", handshake)
	}
	conn, err := grpc.NewClient(fields[2]+":"+fields[3], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.Invoke(t.Context(), "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &emptypb.Empty{}); err != nil {
		t.Fatalf("asking for the schema: %v", err)
	}
	// The process may be gone before its answer is: only Wait can tell.
	_ = conn.Invoke(t.Context(), "/plugin.GRPCController/Shutdown", &emptypb.Empty{}, &emptypb.Empty{})
}

func withoutLogVariables(environ []string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool {
		return strings.HasPrefix(variable, "TF_LOG")
	})
}

func TestLogOptions_turnsEveryLoggerOff(t *testing.T) {
	t.Setenv("TF_LOG", "")
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "TF_LOG") {
			t.Setenv(name, "")
		}
	}
	loggers := []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO", "TF_LOG_PROVIDER_ADVANCE"}
	for _, name := range loggers {
		t.Setenv(name, "")
	}
	if _, err := logOptions(); err != nil {
		t.Fatal(err)
	}
	for _, name := range loggers {
		if got := os.Getenv(name); got != "OFF" {
			t.Errorf("%s is %q, want OFF", name, got)
		}
	}
}

func TestCollectLessOften(t *testing.T) {
	for gogc, want := range map[string]int{"": 200, "50": 100} {
		t.Run("GOGC="+gogc, func(t *testing.T) {
			t.Setenv("GOGC", gogc)
			before := debug.SetGCPercent(100)
			defer debug.SetGCPercent(before)
			collectLessOften()
			if got := debug.SetGCPercent(before); got != want {
				t.Errorf("the percentage is %d, want %d", got, want)
			}
		})
	}
}
