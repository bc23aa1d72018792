package sessionset_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/advance-community/terraform-provider-advance/internal/advance"
	"github.com/advance-community/terraform-provider-advance/internal/prototest"
	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// restart starts a new provider process, as Terraform does for each phase.
func (l *life) restart() {
	l.server = prototest.Configured(l.tb, l.apis[l.at].Transport(), prototest.Object{
		"endpoint": fmt.Sprintf("http://127.0.0.%d", l.at+1), "audit_log": l.path, "max_retries": 2,
	})
	if l.r != nil {
		l.r = l.r.On(l.server)
	}
}

func (l *life) change() {
	l.settled = false
	l.config = maps.Clone(l.config)
	set := func(name string, values ...any) { l.config[name] = rapid.SampledFrom(values).Draw(l.T, name) }
	switch rapid.IntRange(0, 7).Draw(l.T, "argument") {
	case 0, 1, 2:
		ids := prototest.Object{}
		for _, key := range []string{"a", "b", "c", "d"} {
			if id := rapid.SampledFrom([]string{"", "user-1", "user-2", "sim-pass-1", "sim-timeout"}).Draw(l.T, key); id != "" {
				ids[key] = id
			}
		}
		if len(ids) > 0 {
			l.config["user_ids"] = ids
		}
	case 3:
		set("language", nil, "en")
	case 4:
		set("renew_when_expired", nil, true, false)
	case 5:
		set("timeouts", nil, prototest.Object{"create": "2s", "update": "2s"}, prototest.Object{"read": "5s", "update": "1m"}, prototest.Object{"delete": "1m"}, prototest.Object{"delete": "3h"})
	default:
		set("deletion_policy", nil, "wait", "fail", "abandon")
	}
}

// one returns a session of the state, "" for none.
func (l *life) one() string {
	ids := slices.Sorted(maps.Keys(l.ids()))
	if len(ids) == 0 {
		return ""
	}
	return ids[rapid.IntRange(0, len(ids)-1).Draw(l.T, "which")]
}

func (l *life) finish() {
	result := rapid.SampledFrom([]string{simulator.ResultPass, simulator.ResultFail, simulator.ResultIncomplete}).Draw(l.T, "result")
	id := l.one()
	for _, api := range l.apis {
		_ = api.Finish(id, simulator.Outcome{Result: result}) // It is at one of them, and may be over.
	}
}

func (l *life) forget() {
	id := l.one()
	for _, api := range l.apis {
		api.Forget(id)
	}
}

func (l *life) clear() {
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
	_, _ = client.ClearData(l.Context(), l.one()) // Nothing may be there, or it is unfinished.
}

func (l *life) minutes() time.Duration {
	return time.Duration(rapid.SampledFrom([]int{1, 10, 59, 70}).Draw(l.T, "minutes")) * time.Minute
}

// behave draws how the API responds where its reference leaves that open.
func (l *life) behave() {
	b := simulator.Behaviour{
		AfterClear:       rapid.SampledFrom([]string{simulator.AfterClearNotExist, simulator.AfterClearBlanked, simulator.AfterClearSuccess}).Draw(l.T, "after clear"),
		Pending:          rapid.SampledFrom([]string{simulator.PendingIncomplete, simulator.PendingNullData, simulator.PendingNullResult}).Draw(l.T, "pending"),
		MessageDrift:     rapid.Bool().Draw(l.T, "drift"),
		ProcessingWindow: rapid.SampledFrom([]simulator.Seconds{0, 0, 5, 600}).Draw(l.T, "processing"),
		LatencyMax:       rapid.SampledFrom([]simulator.Seconds{0, 0.5, 10}).Draw(l.T, "latency"),
	}
	for _, api := range l.apis {
		api.SetBehaviour(b)
	}
}

// falseResponses are kinds of faults in which the API says what is not true.
// Nothing else tells the provider better.
var falseResponses = map[simulator.Operation][]string{
	simulator.OpClear:  {"no-data", "data-empty", "data-wrong-type", "data-array"},
	simulator.OpResult: {"signature-not-exist", "no-data", "data-empty"},
}

// hardFaults are those that are hardest to handle. Half of all faults are of
// these.
var hardFaults = []simulator.Fault{
	{Operation: simulator.OpClear, Kind: "clear-not-exist"},
	{Operation: simulator.OpClear, Kind: "clear-not-finished"},
	{Operation: simulator.OpClear, Kind: "in-processing"},
	{Operation: simulator.OpClear, Kind: "reset"},
	{Operation: simulator.OpClear, Kind: "account-disabled"},
	{Operation: simulator.OpResult, Kind: "error"},
	{Operation: simulator.OpGenerate, Kind: "no-url"},
	{Operation: simulator.OpGenerate, Kind: "reset"},
	{Operation: simulator.OpGenerate, Kind: "parameter-error"},
	{Operation: simulator.OpGenerate, Kind: "insufficient-balance"},
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
	fault.Skip = rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(l.T, "skip")
	fault.AfterEffect = rapid.Bool().Draw(l.T, "after the effect")
	if slices.Contains(falseResponses[fault.Operation], fault.Kind) {
		return
	}
	if err := l.apis[l.at].Inject(fault); err != nil {
		l.Fatal(err)
	}
}
