package provider_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

func (l *life) change() {
	l.settled = false
	l.config = maps.Clone(l.config)
	set := func(name string, values ...any) { l.config[name] = rapid.SampledFrom(values).Draw(l.T, name) }
	switch rapid.IntRange(0, 6).Draw(l.T, "argument") {
	case 0:
		set("user_id", "user-1", "user-2", "sim-pass-1", "sim-fail", "sim-timeout")
	case 1:
		set("language", nil, "en")
	case 2:
		set("liveness_type", nil, "ACTION")
	case 3:
		set("renew_when_expired", nil, true, false)
	case 4:
		set("timeouts", nil, prototest.Object{"create": "1s"}, prototest.Object{"create": "30s", "read": "5s"}, prototest.Object{"delete": "1m"}, prototest.Object{"delete": "3h"})
	default:
		set("deletion_policy", nil, "wait", "fail", "abandon")
	}
}

// restart starts a new provider process, as Terraform does for each phase.
func (l *life) restart() {
	l.server = prototest.Configured(l.tb, l.apis[l.at].Transport(), prototest.Object{
		"endpoint": fmt.Sprintf("http://127.0.0.%d", l.at+1), "audit_log": l.path, "max_retries": 2,
	})
	if l.r != nil {
		l.r = l.r.On(l.server)
	}
}

// move starts a provider process for the other account.
func (l *life) move() {
	l.at = 1 - l.at
	l.restart()
}

// drop removes the session from the state, as "terraform state rm" does.
func (l *life) drop() {
	if !l.r.Exists() {
		return
	}
	l.dropped[l.id()] = true
	l.marked = false
	l.r = l.server.NewResource(typeName)
}

// importOne imports a session that was dropped, one that another program
// created, or one that does not exist.
func (l *life) importOne() {
	if l.r.Exists() {
		return
	}
	ids := []string{"0000000000000000"}
	for _, s := range l.apis[l.at].Sessions() {
		if l.foreign[s.SignatureID] || l.dropped[s.SignatureID] {
			ids = append(ids, s.SignatureID)
		}
	}
	if len(ids) == 1 && rapid.Bool().Draw(l.T, "of another program") {
		client := l.client()
		if made, err := client.GenerateURL(l.Context(), advance.SessionRequest{
			ReturnURL: text(l.config["return_url"]), FailReturnURL: text(l.config["fail_return_url"]),
			UserID: text(l.config["user_id"]), Region: text(l.config["region"]), BizID: "order-1",
		}); err == nil {
			ids = append(ids, made.SignatureID)
		}
		for _, call := range l.apis[l.at].Calls() {
			if call.Operation == simulator.OpGenerate && l.events[call.SignatureID] == nil {
				l.foreign[call.SignatureID] = true
			}
		}
	}
	id := ids[len(ids)-1-rapid.IntRange(0, len(ids)-1).Draw(l.T, "which")]
	l.settled = false
	diags := l.interrupted(func(ctx context.Context) prototest.Diagnostics { return l.r.Import(ctx, id) })
	_, known := l.apis[l.at].Session(id)
	switch {
	case l.r.Exists() && (diags.HasError() || !known || l.id() != id):
		l.broken("an import took what it should not", "%s (known %t); it said:\n%s", id, known, diags)
	case !l.r.Exists() && !diags.HasError():
		l.broken("an import of nothing is no error", "%s (known %t); it said:\n%s", id, known, diags)
	case l.r.Exists():
		l.marked = false
		delete(l.dropped, id)
	}
}

// client returns the client of another program with the provider's account.
func (l *life) client() *advance.Client {
	client, err := advance.New(advance.Config{
		Endpoint:       "http://127.0.0.1",
		Credentials:    advance.Credentials{AccessKey: simulator.DefaultAccessKey, SecretKey: simulator.DefaultSecretKey},
		TokenPeriod:    advance.DefaultTokenPeriod,
		RequestTimeout: advance.DefaultRequestTimeout,
		Transport:      l.apis[l.at].Transport(),
	})
	if err != nil {
		l.Fatal(err)
	}
	return client
}

func (l *life) clear() {
	_, _ = l.client().ClearData(l.Context(), l.id()) // Nothing may be there, or it is unfinished.
}

func (l *life) finish() {
	result := rapid.SampledFrom([]string{simulator.ResultPass, simulator.ResultFail, simulator.ResultIncomplete}).Draw(l.T, "result")
	for _, api := range l.apis {
		_ = api.Finish(l.id(), simulator.Outcome{Result: result}) // It is at one of them, and may be over.
	}
}

func (l *life) forget() {
	for _, api := range l.apis {
		api.Forget(l.id())
	}
}

func (l *life) minutes() time.Duration {
	return time.Duration(rapid.SampledFrom([]int{1, 10, 59, 70}).Draw(l.T, "minutes")) * time.Minute
}

// behave draws how the API responds where its reference leaves that open.
func (l *life) behave() {
	b := simulator.Behaviour{
		AfterClear:       rapid.SampledFrom([]string{simulator.AfterClearNotExist, simulator.AfterClearBlanked, simulator.AfterClearSuccess}).Draw(l.T, "after clear"),
		Pending:          rapid.SampledFrom([]string{simulator.PendingIncomplete, simulator.PendingNullData, simulator.PendingNullResult}).Draw(l.T, "pending"),
		EchoParameters:   rapid.SampledFrom([]string{simulator.EchoDocumented, simulator.EchoAll, simulator.EchoNone}).Draw(l.T, "echo"),
		FaceDetail:       rapid.SampledFrom([]string{simulator.FaceDetailFull, simulator.FaceDetailSmall}).Draw(l.T, "face detail"),
		MessageDrift:     rapid.Bool().Draw(l.T, "drift"),
		ProcessingWindow: rapid.SampledFrom([]simulator.Seconds{0, 0, 5, 600}).Draw(l.T, "processing"),
		RetryAfter:       rapid.SampledFrom([]string{simulator.RetryAfterNone, "1s", "10s", "120"}).Draw(l.T, "retry after"),
		RateLimitStatus:  rapid.SampledFrom([]int{200, 429}).Draw(l.T, "throttled status"),
		LatencyMax:       rapid.SampledFrom([]simulator.Seconds{0, 0.5, 10}).Draw(l.T, "latency"),
	}
	for _, api := range l.apis {
		api.SetBehaviour(b)
	}
}

// falseResponses are kinds of faults in which the API says what is not true:
// SUCCESS without an erasure, that it does not know an id that it knows, or that
// there is nothing of a session. Nothing else tells the provider better.
var falseResponses = map[simulator.Operation][]string{
	simulator.OpClear:  {"no-data", "data-empty", "data-wrong-type", "data-array"},
	simulator.OpResult: {"signature-not-exist", "no-data", "data-empty"},
}

// hardFaults are those that are hardest to handle. Half of all faults are of
// these: among so many kinds they would occur too seldom.
var hardFaults = []simulator.Fault{
	{Operation: simulator.OpClear, Kind: "clear-not-exist"},
	{Operation: simulator.OpClear, Kind: "clear-not-finished"},
	{Operation: simulator.OpClear, Kind: "parameter-error"},
	{Operation: simulator.OpClear, Kind: "in-processing"},
	{Operation: simulator.OpClear, Kind: "reset"},
	{Operation: simulator.OpResult, Kind: "error"},
	{Operation: simulator.OpGenerate, Kind: "no-url"},
	{Operation: simulator.OpGenerate, Kind: "reset"},
	{Operation: simulator.OpToken, Kind: "service-busy"},
}

// arrived are the kinds of faults with which the id of a new session arrives.
var arrived = []string{"", "no-url", "empty-url", "no-expiry", "bad-expiry", "past-expiry", "far-expiry", "bom", "longer-than-said", "id-number"}

// faultKinds are all kinds of faults but those that are slow and show nothing
// more than others.
var faultKinds = slices.DeleteFunc(simulator.FaultKinds(), func(kind simulator.FaultKind) bool {
	return slices.Contains([]string{"huge", "deep-json", "envelope"}, kind.Kind)
})

// fault injects a fault into the next calls of an operation.
func (l *life) fault() {
	var fault simulator.Fault
	if rapid.Bool().Draw(l.T, "hard") {
		fault = rapid.SampledFrom(hardFaults).Draw(l.T, "fault")
	} else {
		kind := rapid.SampledFrom(faultKinds).Draw(l.T, "kind")
		fault.Kind = kind.Kind
		fault.Operation = rapid.SampledFrom(kind.Operations).Draw(l.T, "operation")
	}
	fault.Count = rapid.SampledFrom([]int{1, 2, 4}).Draw(l.T, "count")
	fault.AfterEffect = rapid.Bool().Draw(l.T, "after the effect")
	if slices.Contains(falseResponses[fault.Operation], fault.Kind) {
		return
	}
	if err := l.apis[l.at].Inject(fault); err != nil {
		l.Fatal(err)
	}
}
