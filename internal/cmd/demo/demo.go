package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
	"github.com/advance-community/terraform-provider-advance/internal/tfcli"
)

// planFile is where the first plan goes, so that apply does what was shown.
const planFile = "demo.tfplan"

// demo holds what one step leaves for the next, and what has to be removed
// afterwards.
type demo struct {
	out       *screen
	root      string // of the module
	dir       string // temporary; all that the demo writes is in it
	simulator *simulator.Simulator
	server    *http.Server
	endpoint  string
	command   string // path of the terraform command
	cliConfig string // path of its CLI configuration
	work      string // the configuration's folder
}

// step is one part of the demo. What and why are for a newcomer.
type step struct {
	what string
	why  string
	do   func(context.Context) error
}

func newDemo(out *screen) (*demo, error) {
	root, err := tfcli.ModuleRoot(".")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "advance-demo-")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary folder: %w", err)
	}
	return &demo{out: out, root: root, dir: dir}, nil
}

// close stops the simulator and removes the files. Terraform has ended by then.
func (d *demo) close() error {
	var errs []error
	if d.server != nil {
		errs = append(errs, d.server.Close())
	}
	errs = append(errs, os.RemoveAll(d.dir))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	return nil
}

func (d *demo) steps() []step {
	return []step{
		{"Find Terraform", "The one on PATH, else one is installed into " + tfcli.InstallDir + ".", d.findTerraform},
		{"Build the provider", "From this work tree, offered to Terraform as a published one would be.", d.buildProvider},
		{"Start the simulator", "It behaves as the API does, on this machine only and in memory.", d.startSimulator},
		{"terraform init", "Terraform installs the provider into the configuration's folder.", d.initialize},
		{"terraform plan", "What apply is going to do. Nothing exists yet, and the API was not asked.", d.plan},
		{"terraform apply", "Creates the session. The API answers with the link for one person.", d.apply},
		{"terraform plan, once more", "Nothing has changed, so there is nothing to do. A session is created once.", d.planAgain},
		{"The person opens the link and passes", "The simulator plays the person. It now holds the picture of a face.", d.passCheck},
		{"terraform apply, to read the result", "The result is a data source: every run reads it anew.", d.readResult},
		{"terraform destroy", "Clears the personal data at the API, and ends only when that is confirmed.", d.destroy},
		{"Ask the simulator what is left", "Terraform's word is not enough here: the API must agree.", d.verifyErasure},
	}
}

func (d *demo) findTerraform(ctx context.Context) error {
	command, err := tfcli.Find(ctx, d.root, d.out)
	if err != nil {
		return err
	}
	d.command = command
	d.say("Using %s", command)
	return nil
}

func (d *demo) buildProvider(ctx context.Context) error {
	binary, err := tfcli.Build(ctx, d.root, d.dir)
	if err != nil {
		return err
	}
	d.cliConfig, err = tfcli.Mirror(d.dir, binary)
	return err
}

func (d *demo) startSimulator(context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // Listening on the loopback does not wait.
	if err != nil {
		return err
	}
	d.simulator = simulator.New(simulator.Config{})
	d.server = &http.Server{Handler: d.simulator, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = d.server.Serve(listener) }() // It always ends with an error: that of its being closed.
	d.endpoint = "http://" + listener.Addr().String()
	d.say("Listening at %s", d.endpoint)
	return nil
}

func (d *demo) initialize(ctx context.Context) error {
	d.work = filepath.Join(d.dir, "work")
	if err := os.CopyFS(d.work, os.DirFS(filepath.Join(d.root, "examples", "demo"))); err != nil {
		return fmt.Errorf("copying the configuration: %w", err)
	}
	_, err := d.terraform(ctx, io.Discard, "init")
	return err
}

func (d *demo) plan(ctx context.Context) error {
	exit, err := d.show(ctx, everyLine, "plan", "-detailed-exitcode", "-out="+planFile)
	if err != nil {
		return err
	}
	if exit == 0 {
		return errors.New("the first plan is empty, and should create a session")
	}
	return d.expectCreated(0)
}

func (d *demo) apply(ctx context.Context) error {
	if _, err := d.show(ctx, everyLine, "apply", planFile); err != nil {
		return err
	}
	session, err := d.session()
	if err != nil {
		return err
	}
	if session.State != simulator.StateIssued {
		return fmt.Errorf("the session is %s after apply, and should be %s", session.State, simulator.StateIssued)
	}
	return d.expectCreated(1)
}

func (d *demo) planAgain(ctx context.Context) error {
	exit, err := d.show(ctx, everyLine, "plan", "-detailed-exitcode")
	if err != nil {
		return err
	}
	if exit != 0 {
		return errors.New("the second plan should be empty, and is not")
	}
	return d.expectCreated(1)
}

func (d *demo) passCheck(context.Context) error {
	session, err := d.session()
	if err != nil {
		return err
	}
	if err := d.simulator.Finish(session.SignatureID, simulator.Outcome{Result: simulator.ResultPass}); err != nil {
		return err
	}
	session, err = d.session()
	if err != nil {
		return err
	}
	if !session.HoldsPersonalData {
		return errors.New("the simulator should hold personal data now, or the erasure would prove nothing")
	}
	d.describe(session)
	return nil
}

func (d *demo) readResult(ctx context.Context) error {
	if _, err := d.show(ctx, everyLine, "apply", "-auto-approve"); err != nil {
		return err
	}
	for _, name := range []string{"finished", "passed"} {
		value, err := d.output(ctx, name)
		if err != nil {
			return err
		}
		if value != "true" {
			return fmt.Errorf("the output %q is %s, and should be true", name, value)
		}
	}
	return nil
}

func (d *demo) destroy(ctx context.Context) error {
	_, err := d.show(ctx, progressOnly, "destroy", "-auto-approve")
	return err
}

func (d *demo) verifyErasure(context.Context) error {
	session, err := d.session()
	if err != nil {
		return err
	}
	d.describe(session)
	if err := d.expectCreated(1); err != nil {
		return err
	}
	if session.State != simulator.StateCleared || session.HoldsPersonalData {
		return errors.New("terraform destroy has ended well, but the simulator still holds the personal data")
	}
	d.say("%s", d.out.paint(green, "The personal data is gone."))
	return nil
}

// session returns the one session that there should be.
func (d *demo) session() (simulator.Session, error) {
	sessions := d.simulator.Sessions()
	if len(sessions) != 1 {
		return simulator.Session{}, fmt.Errorf("the simulator has %d sessions, and should have one", len(sessions))
	}
	return sessions[0], nil
}

// expectCreated checks how often a session was asked for, the call that must
// never be made too often, and prints what the API has seen so far.
func (d *demo) expectCreated(want int) error {
	count := d.simulator.CallCount
	d.say("Calls the API has seen so far: token %d, generate-url %d, get-result %d, clear-data %d",
		count(simulator.OpToken), count(simulator.OpGenerate), count(simulator.OpResult), count(simulator.OpClear))
	if got := count(simulator.OpGenerate); got != want {
		return fmt.Errorf("the API was asked for a session %d times, and should have been %d times", got, want)
	}
	return nil
}

// describe prints what the simulator knows about a session.
func (d *demo) describe(s simulator.Session) {
	d.say("Session %s at the simulator: state %s, personal data held: %s", s.SignatureID, s.State, yesOrNo(s.HoldsPersonalData))
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func (d *demo) say(format string, args ...any) {
	fmt.Fprintf(d.out, "      "+format+"\n", args...)
}
