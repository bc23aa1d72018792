package provider_test

import (
	"cmp"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The fault matrix says what the provider does when a call fails. A row is a
// fault. The class of a row says what holds for each operation, its cells where
// an operation differs. The files:
//
//	faultmatrix_test.go         the types and the classes
//	faultmatrix_rows_test.go    the rows
//	faultmatrix_run_test.go     how a cell is run
//	faultmatrix_checks_test.go  what is checked after a run
//	faultmatrix_wait_test.go    the faults during a wait
//	faultmatrix_guide_test.go   the tables of the guide "When the API misbehaves"
//
// TestFaultMatrix runs every cell with a fault that lasts. Where the call is
// retried, it also runs it with a fault that occurs once. Where a response can
// be lost, it runs it with a call that took effect and with one that did not.

// A faultColumn is an operation, called by one step of Terraform.
type faultColumn int

const (
	inToken    faultColumn = iota // generate-token, in an apply
	inGenerate                    // generate-url, in an apply
	inResult                      // get-result, in the refresh of a session
	inSource                      // get-result, by the data source
	inResults                     // get-result, by the data source of many
	inClear                       // clear-data, in the destroy of a session that ended in PASS
	faultColumns
)

var faultColumnInfo = [faultColumns]struct {
	name      string
	operation simulator.Operation
	call      string // name of the operation for users
	summary   string // of each error
}{
	inToken:    {"token", simulator.OpToken, "generate-token", "Unable to Create Liveness Session"},
	inGenerate: {"generate", simulator.OpGenerate, "generate-liveness-detection-url", "Unable to Create Liveness Session"},
	inResult:   {"result", simulator.OpResult, "get-result", "Unable to Read Liveness Session"},
	inSource:   {"data source", simulator.OpResult, "get-result", "Unable to Read Liveness Result"},
	inResults:  {"data source of many", simulator.OpResult, "get-result", "Unable to Read Liveness Results"},
	inClear:    {"clear", simulator.OpClear, "clear-data", "Unable to Erase Liveness Session"},
}

// How often an operation is sent in all while a fault lasts, with the default
// max_retries of 5. An operation that is sent more than once succeeds when the
// fault occurs once.
const (
	sentOnce     = 1
	sentTwice    = 2
	sent3Times   = 3
	sent6Times   = 6
	askedTwice   = -1 // in two calls, 2 s apart
	untilTimeout = -2 // polled until timeouts.delete
)

// A faultEnding is the way a run ends.
type faultEnding int

const (
	endsFailed  faultEnding = iota + 1 // with an error; a session stays in the state
	endsWell                           // as without the fault
	endsGone                           // with a warning: the session leaves the state, and no erasure is reported
	endsMarked                         // with a warning: the session stays in the state, marked as gone
	endsTainted                        // with an error: the new session is in the state, tainted
)

// What is in the state after a run.
const (
	nothing        = "nothing"
	aSession       = "the session"
	taintedSession = "the session, tainted"
)

// faultEndings holds what is in the state after each ending, and which events
// the run adds to the audit log.
var faultEndings = map[faultEnding][faultColumns]struct {
	state  string
	events []string
}{
	endsFailed: {
		inToken:    {nothing, nil},
		inGenerate: {nothing, nil},
		inResult:   {aSession, nil},
		inSource:   {aSession, nil},
		inResults:  {aSession, nil},
		inClear:    {aSession, []string{"clear_failed"}},
	},
	endsWell: {
		inToken:    {aSession, []string{"session_created"}},
		inGenerate: {aSession, []string{"session_created"}},
		inResult:   {aSession, nil},
		inSource:   {aSession, nil},
		inResults:  {aSession, nil},
		inClear:    {nothing, []string{"data_cleared"}},
	},
	endsGone: {
		inClear: {nothing, []string{"session_gone"}},
	},
	endsMarked: {
		inResult: {aSession, nil},
	},
	endsTainted: {
		inGenerate: {taintedSession, []string{"session_created"}},
	},
}

// A faultCell says what an operation does while a fault lasts. In a cell of a
// row the zero value of a field means: as in the row or its class.
type faultCell struct {
	tries  int         // how often it is sent in all
	ends   faultEnding // endsFailed if zero
	reads  string      // a part of the diagnostic
	at     string      // the attribute that the error is on
	honest bool        // run only with a call that takes effect
}

// A faultClass is a kind of fault that the provider treats in one way.
type faultClass struct {
	// lost: the request was sent, and its outcome is unknown.
	lost  bool
	cells [faultColumns]faultCell
}

var (
	// faultNotSent: the request was not sent, so it had no effect.
	faultNotSent = faultClass{cells: inAll(faultCell{tries: sent6Times})}

	// faultThrottled: refused for now, without an effect.
	faultThrottled = faultClass{cells: inAll(faultCell{tries: sent6Times})}

	// faultLost: another attempt may get a response. Each attempt of generate-url
	// may have created a session, so there are at most two more.
	faultLost = faultClass{lost: true, cells: [faultColumns]faultCell{
		inToken:    {tries: sent6Times},
		inGenerate: {tries: sent3Times},
		inResult:   {tries: sent6Times},
		inSource:   {tries: sent6Times},
		inResults:  {tries: sent6Times},
		inClear:    {tries: sent6Times},
	}}

	// faultRefused: refused permanently.
	faultRefused = faultClass{cells: inAll(faultCell{tries: sentOnce})}

	// faultLostPermanently: the outcome is unknown, and another response would
	// be no better.
	faultLostPermanently = faultClass{lost: true, cells: faultRefused.cells}

	// faultTokenRefused: one more attempt is made with a new token. generate-token
	// itself needs none.
	faultTokenRefused = faultClass{cells: [faultColumns]faultCell{
		inToken:    {tries: sentOnce},
		inGenerate: {tries: sentTwice},
		inResult:   {tries: sentTwice},
		inSource:   {tries: sentTwice},
		inResults:  {tries: sentTwice},
		inClear:    {tries: sentTwice},
	}}

	// faultHarmless: nothing that the provider needs is missing.
	faultHarmless = faultClass{cells: inAll(faultCell{tries: sentOnce, ends: endsWell})}
)

// isSource reports whether a data source makes the call. It has nothing of the
// session but its id.
func (c faultColumn) isSource() bool { return c == inSource || c == inResults }

func inAll(c faultCell) (cells [faultColumns]faultCell) {
	for i := range cells {
		cells[i] = c
	}
	return cells
}

// A faultRow is a fault, in all its forms that the provider treats alike.
type faultRow struct {
	what  string          // in words, for the guide
	kinds []string        // of the simulator or of networkFaults
	with  simulator.Fault // other fields of the simulator's fault
	class faultClass
	reads string // a part of the diagnostic of every operation

	// Where an operation differs from the class. What result says holds for
	// source and results too, unless they say otherwise.
	token, generate, result, source, results, clear faultCell
}

// cell returns what holds for an operation: its own cell, then the class.
func (r faultRow) cell(c faultColumn) faultCell {
	own := map[faultColumn][]faultCell{
		inToken:    {r.token},
		inGenerate: {r.generate},
		inResult:   {r.result},
		inSource:   {r.source, r.result},
		inResults:  {r.results, r.result},
		inClear:    {r.clear},
	}[c]
	var all faultCell
	for _, layer := range append(own, r.class.cells[c], faultCell{ends: endsFailed, reads: r.reads}) {
		all = faultCell{
			tries:  cmp.Or(all.tries, layer.tries),
			ends:   cmp.Or(all.ends, layer.ends),
			reads:  cmp.Or(all.reads, layer.reads),
			at:     cmp.Or(all.at, layer.at),
			honest: all.honest || layer.honest,
		}
	}
	return all
}
