package acctest

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// startPostgres starts a PostgreSQL server that ends with the test, and returns
// the URL of a database in it. It listens on a Unix socket only. The test is
// skipped where PostgreSQL is not installed.
func startPostgres(t *testing.T) string {
	t.Helper()

	initdb := postgresProgram(t, "initdb")
	server := postgresProgram(t, "postgres")
	dir, err := os.MkdirTemp("", "pg") //nolint:usetesting // only its owner may enter a t.TempDir, and the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := unprivileged(t, dir)
	data := filepath.Join(dir, "data")

	setup := exec.CommandContext(t.Context(), as[0], append(as[1:], initdb, "--pgdata="+data, "--username=terraform", "--auth=trust", "--no-sync")...)
	setup.Dir = dir
	if output, err := setup.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context())) // It runs until its cleanup.
	running := exec.CommandContext(ctx, as[0], append(as[1:], server, "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")...)
	running.Dir = dir
	running.Cancel = func() error { return running.Process.Signal(os.Interrupt) } // a fast shutdown
	if err := running.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = running.Wait() // It was interrupted.
	})
	Eventually(t, "PostgreSQL", func() bool {
		status, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
		return err == nil && strings.Contains(string(status), "\nready")
	})
	query := url.Values{"host": {dir}, "user": {"terraform"}, "sslmode": {"disable"}}
	return "postgres:///postgres?" + query.Encode()
}

// postgresProgram returns the path of a program of PostgreSQL. Debian installs
// them outside of PATH.
func postgresProgram(t *testing.T, name string) string {
	t.Helper()

	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name) // the pattern is valid
	if len(found) == 0 {
		t.Skipf("%s is not installed (Debian: apt-get install postgresql): the guide needs a database", name)
	}
	return found[len(found)-1]
}

// unprivileged returns the beginning of a command line that runs a program as a
// user to whom dir is given, because PostgreSQL refuses to run as root.
func unprivileged(t *testing.T, dir string) []string {
	t.Helper()

	if os.Getuid() != 0 {
		return []string{"env"}
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Skipf("PostgreSQL does not run as root, and there is no other user: %v", err)
	}
	uid, err := strconv.Atoi(nobody.Uid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	return []string{"setpriv", "--reuid=" + nobody.Uid, "--regid=" + nobody.Gid, "--clear-groups"}
}
