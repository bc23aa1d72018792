package provider_test

import (
	"cmp"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// The fault matrix says what the provider does about everything that can go
// wrong with a call. A row is a fault. Its class says what holds for each
// operation; a cell says what one operation does otherwise.
//
// TestFaultMatrix runs every cell: with a fault that lasts and, where that is
// another thing, with one that strikes once; and where an answer can be lost,
// with a call that had taken effect and with one that had not. The tables of the guide "When the API
// misbehaves" are made of the matrix.

// A faultColumn is an operation as a user comes to call it.
type faultColumn int

const (
	inToken    faultColumn = iota // generate-token, in an apply
	inGenerate                    // generate-url, in an apply
	inResult                      // get-result, in the refresh of a session
	inSource                      // get-result, by the data source; what it does differently stands beside a row's result
	inClear                       // clear-data, in the destroy of a session that was passed
	faultColumns
)

var faultColumnInfo = [faultColumns]struct {
	name      string
	operation simulator.Operation
	call      string // as users know the operation
	summary   string // of each error
}{
	inToken:    {"token", simulator.OpToken, "generate-token", "Unable to Create Liveness Session"},
	inGenerate: {"generate", simulator.OpGenerate, "generate-liveness-detection-url", "Unable to Create Liveness Session"},
	inResult:   {"result", simulator.OpResult, "get-result", "Unable to Read Liveness Session"},
	inSource:   {"data source", simulator.OpResult, "get-result", "Unable to Read Liveness Result"},
	inClear:    {"clear", simulator.OpClear, "clear-data", "Unable to Erase Liveness Session"},
}

// How often an operation is sent in all while a fault lasts, with the default
// max_retries of 5. What is sent more than once gets through when the fault
// strikes but once; what is sent once does not.
const (
	sentOnce     = 1
	sentTwice    = 2
	sent3Times   = 3
	sent6Times   = 6
	untilTimeout = -1 // of the destroy: what was refused is waited for
)

// A faultEnding is how a run ends.
type faultEnding int

const (
	endsFailed  faultEnding = iota + 1 // with an error; a session stays in the state
	endsWell                           // as if nothing had happened
	endsGone                           // with a warning: the session leaves the state, and no erasure is claimed
	endsTainted                        // with an error: the new session is in the state, tainted
)

// What the state has in the end.
const (
	nothing        = "nothing"
	aSession       = "the session"
	taintedSession = "the session, tainted"
)

// faultEndings says what is in the state after each ending, and which lines
// the audit log has got.
var faultEndings = map[faultEnding][faultColumns]struct {
	state  string
	events []string
}{
	endsFailed: {
		inToken:    {nothing, nil},
		inGenerate: {nothing, nil},
		inResult:   {aSession, nil},
		inSource:   {aSession, nil},
		inClear:    {aSession, []string{"clear_failed"}},
	},
	endsWell: {
		inToken:    {aSession, []string{"session_created"}},
		inGenerate: {aSession, []string{"session_created"}},
		inResult:   {aSession, nil},
		inSource:   {aSession, nil},
		inClear:    {nothing, []string{"data_cleared"}},
	},
	endsGone: {
		inResult: {nothing, []string{"session_gone"}},
		inClear:  {nothing, []string{"session_gone"}},
	},
	endsTainted: {
		inGenerate: {taintedSession, []string{"session_created"}},
	},
}

// A faultCell is what an operation does while a fault lasts. In a row's
// exception the zero value of a field means: as in the row or its class.
type faultCell struct {
	tries  int         // how often it is sent in all
	ends   faultEnding // how the run ends; endsFailed where nothing else is said
	reads  string      // a part of what the user then reads
	at     string      // the attribute that the error is on
	honest bool        // run only with the call taking effect
}

// A faultClass is what the provider takes a fault for.
type faultClass struct {
	// lost: the request was sent, and nobody knows what came of it.
	lost  bool
	cells [faultColumns]faultCell
}

var (
	// faultNotSent: the request never left, so nothing happened.
	faultNotSent = faultClass{cells: inAll(faultCell{tries: sent6Times})}

	// faultThrottled: refused for now, and nothing happened.
	faultThrottled = faultClass{cells: inAll(faultCell{tries: sent6Times})}

	// faultLost: the next try may get an answer. Of generate-url each try may
	// have made a session, so there are at most two more.
	faultLost = faultClass{lost: true, cells: [faultColumns]faultCell{
		inToken:    {tries: sent6Times},
		inGenerate: {tries: sent3Times},
		inResult:   {tries: sent6Times},
		inSource:   {tries: sent6Times},
		inClear:    {tries: sent6Times},
	}}

	// faultRefused: no, for good.
	faultRefused = faultClass{cells: inAll(faultCell{tries: sentOnce})}

	// faultLostForGood: nobody knows what came of it, and the next answer
	// would be no better.
	faultLostForGood = faultClass{lost: true, cells: faultRefused.cells}

	// faultTokenRefused: a new token is minted and tried, once. No token helps
	// where it is generate-token that is refused.
	faultTokenRefused = faultClass{cells: [faultColumns]faultCell{
		inToken:    {tries: sentOnce},
		inGenerate: {tries: sentTwice},
		inResult:   {tries: sentTwice},
		inSource:   {tries: sentTwice},
		inClear:    {tries: sentTwice},
	}}

	// faultHarmless: nothing is missing that the provider needs.
	faultHarmless = faultClass{cells: inAll(faultCell{tries: sentOnce, ends: endsWell})}
)

func inAll(c faultCell) (cells [faultColumns]faultCell) {
	for i := range cells {
		cells[i] = c
	}
	return cells
}

// A faultRow is a fault, in all forms that make no difference.
type faultRow struct {
	what  string          // in words, for the guide
	kinds []string        // the simulator's, or of networkFaults
	with  simulator.Fault // more of the simulator's fault
	class faultClass
	reads string // a part of what the user reads, whatever the operation

	// Exceptions. What holds for result holds for source too, unless it says
	// otherwise.
	token, generate, result, source, clear faultCell
}

// cell is what a row says of an operation.
func (r faultRow) cell(c faultColumn) faultCell {
	own := map[faultColumn][]faultCell{
		inToken:    {r.token},
		inGenerate: {r.generate},
		inResult:   {r.result},
		inSource:   {r.source, r.result},
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
