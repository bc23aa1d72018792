package advance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func at(seconds float64) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// serve counts calls as served, evenly spread from one time to another.
func (a *allowed) serve(n int, from, to float64) {
	for i := range n {
		a.served(at(from + (to-from)*float64(i)/float64(n)))
	}
}

func TestAllowed(t *testing.T) {
	t.Parallel()
	// used serves 20 calls at once and refuses the next one. It makes an
	// estimate of 20 calls a second, which is held for four seconds from 1 on.
	used := func(a *allowed) {
		a.serve(20, 0, 0)
		a.refused(at(0), at(0), 500*time.Millisecond, false)
		a.rate(at(1))
	}
	tests := []struct {
		name string
		run  func(a *allowed)
		at   float64 // seconds
		want float64 // calls a second
	}{
		{
			name: "no limit before the first refusal",
			run:  func(a *allowed) { a.serve(1000, 0, 1) },
			at:   1,
			want: math.Inf(1),
		},
		{
			name: "what was served within a second is what a second allows",
			run: func(a *allowed) {
				a.serve(22, 0, 0.1)
				a.refused(at(0.1), at(0.1), time.Second, true)
			},
			at:   1.1,
			want: cautious * 22,
		},
		{
			name: "calls that were on their way are still counted",
			run: func(a *allowed) {
				a.serve(10, 0, 0.1)
				a.refused(at(0.1), at(0.1), time.Second, true)
				a.serve(12, 0, 0.1)
			},
			at:   1.1,
			want: cautious * 22,
		},
		{
			name: "refusals of the same moment count once",
			run: func(a *allowed) {
				a.serve(22, 0, 0.1)
				for range 9 {
					a.refused(at(0.1), at(0.1), time.Second, true)
				}
			},
			at:   1.1,
			want: cautious * 22,
		},
		{
			name: "a burst after hours of little use",
			run: func(a *allowed) {
				a.serve(1000, 0, 9000)
				a.serve(22, 9000.5, 9000.6)
				a.refused(at(9000.6), at(9000.6), time.Second, true)
			},
			at:   9001.6,
			want: cautious * 22,
		},
		{
			name: "another burst after hours of little use",
			run: func(a *allowed) {
				used(a)
				a.serve(1000, 1, 9000)
				a.serve(19, 9000.5, 9000.6)
				a.refused(at(9000.6), at(9000.6), time.Second, true)
			},
			at:   9001.6,
			want: cautious * 19,
		},
		{
			name: "a refusal before anything was served",
			run:  func(a *allowed) { a.refused(at(0), at(0), 10*time.Second, true) },
			at:   10,
			want: cautious * 1,
		},
		{
			name: "few calls tell little, so the rate is raised from the start",
			run:  func(a *allowed) { a.refused(at(0), at(0), 10*time.Second, true) },
			at:   11,
			want: cautious*1 + growth*leastBase*4,
		},
		{
			name: "some calls are relied on for a round",
			run: func(a *allowed) {
				a.serve(10, 0, 0)
				a.refused(at(0), at(0), time.Second, true)
			},
			at:   1 + 2,
			want: cautious * 10,
		},
		{
			name: "many for some rounds",
			run:  used,
			at:   1 + longHold,
			want: cautious * 20,
		},
		{
			name: "then the rate is raised ever faster",
			run:  used,
			at:   1 + longHold + 0.5,
			want: cautious*20 + growth*20*0.25,
		},
		{
			name: "confirmed by the next refusal",
			run: func(a *allowed) {
				used(a)
				a.serve(95, 1, 6)
				a.refused(at(6), at(6), 100*time.Millisecond, true)
			},
			at:   6.1,
			want: cautious * (19 + 20) / 2,
		},
		{
			name: "and held again",
			run: func(a *allowed) {
				used(a)
				a.serve(95, 1, 6)
				a.refused(at(6), at(6), 100*time.Millisecond, true)
			},
			at:   6.1 + longHold,
			want: cautious * (19 + 20) / 2,
		},
		{
			name: "for longer where a refusal is dear",
			run: func(a *allowed) {
				a.serve(20, 0, 0)
				a.refused(at(0), at(0), time.Second, true)
			},
			at:   1 + patience,
			want: cautious * 20,
		},
		{
			name: "more was served than was held to",
			run: func(a *allowed) {
				used(a)
				a.serve(144, 1, 5.8)
				a.refused(at(5.8), at(5.8), 100*time.Millisecond, true)
			},
			at:   5.9,
			want: cautious * (30 + cautious*20 + growth*20*0.64) / 2,
		},
		{
			name: "a rate that nobody made use of is not believed",
			run: func(a *allowed) {
				used(a)
				a.serve(30*99, 1, 100)
				a.refused(at(100), at(100), 100*time.Millisecond, true)
			},
			at:   100.1,
			want: cautious * (30 + 60) / 2,
		},
		{
			name: "one refusal while the estimate is held lowers it a little",
			run: func(a *allowed) {
				used(a)
				a.serve(19*2, 1, 3)
				a.refused(at(3), at(3), 100*time.Millisecond, true)
			},
			at:   3.1,
			want: cautious * slightly * 20,
		},
		{
			name: "another one soon means that the limit was lowered",
			run: func(a *allowed) {
				used(a)
				a.serve(19*2, 1, 3)
				a.refused(at(3), at(3), 100*time.Millisecond, true)
				a.rate(at(3.1))
				a.serve(15, 3.1, 4.6)
				a.refused(at(4.6), at(4.6), 100*time.Millisecond, true)
			},
			at:   4.7,
			want: cautious * 10,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var a allowed
			test.run(&a)
			if got := a.rate(at(test.at)); math.Abs(got-test.want) > 0.01 && got != test.want {
				t.Errorf("rate after %v s: got %v, want %v", test.at, got, test.want)
			}
		})
	}
}

// Where the API names no pause, the client's own grows while the allowance
// stays used up.
func TestOwnPause(t *testing.T) {
	t.Parallel()
	var a allowed
	a.refused(at(0), at(0), 0, false)
	if want := at(1); !a.opens.Equal(want) {
		t.Errorf("the gate opens at %v, want %v: a second after the first call", a.opens, want)
	}
	a = allowed{}
	a.keep(20, shortHold, proofHold)
	for _, test := range []struct {
		sent float64
		want time.Duration
	}{
		{0, 100 * time.Millisecond},
		{0.1, 200 * time.Millisecond},
		{0.2, 200 * time.Millisecond}, // it was on its way with the one before
		{0.4, 400 * time.Millisecond},
		{0.8, 800 * time.Millisecond},
	} {
		a.refused(at(test.sent), at(test.sent), 0, false)
		if got := a.opens.Sub(at(test.sent)); got != test.want {
			t.Errorf("refused at %v s: a pause of %s, want %s", test.sent, got, test.want)
		}
	}
	a.refused(at(9), at(9), 0, false)
	if a.again != 0 {
		t.Error("a refusal that is not soon after another is taken for one")
	}
	a.again = 1000
	if got := a.ownPause(at(9)); got != 1500*time.Millisecond {
		t.Errorf("after a thousand refusals: a pause of %s, want 1.5s", got)
	}
}

func TestAllowedGate(t *testing.T) {
	t.Parallel()
	var a allowed
	a.refused(at(0), at(0), 10*time.Second, true)
	a.refused(at(0), at(1), time.Second, true)
	if want := at(10); !a.opens.Equal(want) {
		t.Errorf("a shorter pause moved the gate: opens at %v, want %v", a.opens, want)
	}
}

// The line is served in the order of arrival, whatever the rate.
func TestLimiterIsFair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newLimiter(1)
		var mu sync.Mutex
		var order []int
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				if _, err := p.acquire(t.Context()); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait() // the next one comes when this one stands in line
		}
		all.Wait()
		for i, got := range order {
			if got != i {
				t.Fatalf("served in the order %v", order)
			}
		}
	})
}

// Whoever stands in line gives up at the own deadline, and those behind are
// served all the same.
func TestLimiterDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newLimiter(0)
		started := time.Now()
		p.onThrottled(started, time.Minute, true)

		patient := make(chan time.Duration)
		go func() {
			if _, err := p.acquire(t.Context()); err != nil {
				t.Error(err)
			}
			patient <- time.Since(started)
		}()
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := p.acquire(short)
		var late *RetryAfterError
		if !errors.As(err, &late) || time.Since(started) != 0 {
			t.Errorf("got %v after %v, want a RetryAfterError at once", err, time.Since(started))
		} else if !late.Until.Equal(started.Add(time.Minute)) || !late.Deadline.Equal(started.Add(10*time.Second)) {
			t.Errorf("the error names %v and %v", late.Until, late.Deadline)
		}

		leaver, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := p.acquire(leaver)
			left <- err
		}()
		synctest.Wait()
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted in line: got %v, want context.Canceled", err)
		}
		if got := <-patient; got != time.Minute {
			t.Errorf("the patient one was served after %v, want 1m", got)
		}
	})
}

// limitedAPI serves so many calls a second, in one way of counting them.
type limitedAPI struct {
	limit   func(since time.Duration) float64
	counter interface {
		take(now time.Time, limit float64) bool
	}
	started time.Time

	mu              sync.Mutex
	calls, refusals int
}

func (s *limitedAPI) take() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.calls++
	if !s.counter.take(now, s.limit(now.Sub(s.started))) {
		s.refusals++
		return false
	}
	return true
}

// bucket lets up to a second's worth save up.
type bucket struct {
	saved   float64
	updated time.Time
}

func (b *bucket) take(now time.Time, limit float64) bool {
	// The first call finds it full.
	b.saved = min(limit, b.saved+limit*now.Sub(b.updated).Seconds())
	b.updated = now
	if b.saved < 1 {
		return false
	}
	b.saved--
	return true
}

// fixedWindow counts the calls of each second on the clock.
type fixedWindow struct {
	second int64
	calls  float64
}

func (w *fixedWindow) take(now time.Time, limit float64) bool {
	if second := now.Unix(); second != w.second {
		w.second, w.calls = second, 0
	}
	if w.calls+1 > limit {
		return false
	}
	w.calls++
	return true
}

// slidingWindow counts the calls that were served in the last second.
type slidingWindow struct{ calls []time.Time }

func (w *slidingWindow) take(now time.Time, limit float64) bool {
	for len(w.calls) > 0 && now.Sub(w.calls[0]) >= time.Second {
		w.calls = w.calls[1:]
	}
	if float64(len(w.calls)+1) > limit {
		return false
	}
	w.calls = append(w.calls, now)
	return true
}

// throttledRun is a number of processes that make sessions, ten at a time in
// each as Terraform does, starting up to some seconds apart. It returns when the
// last was done, and the longest time for which the API asked one of them to
// pause.
func throttledRun(t *testing.T, api *limitedAPI, processes, sessions int, retryAfter *time.Duration, random *rand.Rand) (took, paused time.Duration) {
	var mu sync.Mutex
	about := func(d time.Duration) time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return time.Duration(float64(d) * (0.5 + random.Float64()))
	}
	pauses := make([]time.Duration, processes)
	apart := time.Duration(4 * random.Float64() * float64(time.Second))
	var all sync.WaitGroup
	for process := range processes {
		p := newLimiter(0)
		todo := make(chan struct{}, sessions)
		for range sessions {
			todo <- struct{}{}
		}
		close(todo)
		for range 10 {
			all.Go(func() {
				time.Sleep(time.Duration(process) * apart)
				for range todo {
					time.Sleep(about(40 * time.Millisecond)) // Terraform's own work
					delays := newBackOff()
					for {
						turn, err := p.acquire(t.Context())
						if err != nil {
							t.Error(err)
							return
						}
						time.Sleep(about(2 * time.Millisecond))
						ok := api.take()
						time.Sleep(about(2 * time.Millisecond))
						if ok {
							p.onSuccess(turn)
							break
						}
						pause := delays.NextBackOff()
						if retryAfter != nil {
							pause = *retryAfter
						}
						mu.Lock()
						before, _ := p.look()
						p.onThrottled(turn, pause, retryAfter != nil)
						after, _ := p.look()
						pauses[process] += max(0, after.Sub(later(before, time.Now())))
						mu.Unlock()
					}
				}
			})
		}
	}
	all.Wait()
	return time.Since(api.started), slices.Max(pauses)
}

// The figures that pacing is built for: 200 sessions against an API that serves
// so many calls a second are made within 1.10 times the time that the limit
// itself imposes (with a Retry-After of 10 s, that and the pauses asked for),
// with refusals under 5 percent of the calls.
//
// How the API counts is not documented, so there are three ways of it. Where it
// counts in windows, nothing is to be had later for a pause that was asked for;
// and it takes some refusals to learn that a limit changed or is shared, which
// are more of few calls. So some rows name figures of their own. All are means
// of several runs, which differ by the times of starts, calls and backoffs. Run
// with -v to see them.
func TestPacingFigures(t *testing.T) {
	t.Parallel()
	const sessions = 200
	steady := func(limit float64) func(time.Duration) float64 {
		return func(time.Duration) float64 { return limit }
	}
	halved := func(limit float64) func(time.Duration) float64 {
		third := time.Duration(sessions / limit / 3 * float64(time.Second))
		return func(since time.Duration) float64 {
			if since > third && since < 2*third {
				return limit / 2
			}
			return limit
		}
	}
	type figures struct{ ratio, refused float64 }
	type row struct {
		counter   string
		shape     string
		limit     float64
		none, sec figures // without a Retry-After, and with one of 1 s; where not as above
	}
	rows := []row{
		{counter: "bucket", shape: "steady", limit: 5},
		{counter: "bucket", shape: "steady", limit: 20},
		{counter: "bucket", shape: "steady", limit: 100},
		{counter: "bucket", shape: "halved for a third", limit: 5, none: figures{refused: 7}, sec: figures{refused: 6}},
		{counter: "bucket", shape: "halved for a third", limit: 20},
		{counter: "bucket", shape: "halved for a third", limit: 100},
		{counter: "bucket", shape: "two processes", limit: 5, none: figures{refused: 10}, sec: figures{refused: 10}},
		{counter: "bucket", shape: "two processes", limit: 20, none: figures{ratio: 1.15}, sec: figures{ratio: 1.15}},
		{counter: "bucket", shape: "two processes", limit: 100, none: figures{ratio: 1.6}, sec: figures{ratio: 1.6}},
		{counter: "fixed window", shape: "steady", limit: 5, sec: figures{ratio: 1.2}},
		{counter: "fixed window", shape: "steady", limit: 20},
		{counter: "fixed window", shape: "steady", limit: 100, sec: figures{ratio: 1.3}},
		{counter: "fixed window", shape: "halved for a third", limit: 20, none: figures{ratio: 1.25, refused: 6}, sec: figures{ratio: 1.4}},
		{counter: "fixed window", shape: "two processes", limit: 20, none: figures{ratio: 1.4, refused: 6}, sec: figures{ratio: 1.6, refused: 6}},
		{counter: "sliding window", shape: "steady", limit: 5, none: figures{ratio: 1.2}, sec: figures{ratio: 1.25}},
		{counter: "sliding window", shape: "steady", limit: 20, none: figures{ratio: 1.15}},
		{counter: "sliding window", shape: "steady", limit: 100, none: figures{ratio: 1.3}, sec: figures{ratio: 1.35}},
		{counter: "sliding window", shape: "halved for a third", limit: 20, none: figures{ratio: 1.35, refused: 6}, sec: figures{ratio: 1.5}},
		{counter: "sliding window", shape: "two processes", limit: 20, none: figures{ratio: 1.5, refused: 6}, sec: figures{ratio: 1.7, refused: 6}},
	}
	short, long := time.Second, 10*time.Second
	asked := map[string]*time.Duration{"none": nil, "1s": &short, "10s": &long}
	for _, row := range rows {
		for _, header := range []string{"none", "1s", "10s"} {
			t.Run(fmt.Sprintf("%s, %v a second, %s, Retry-After %s", row.counter, row.limit, row.shape, header), func(t *testing.T) {
				t.Parallel()
				runs, processes, limit, imposed := 12, 1, steady(row.limit), sessions/row.limit
				switch row.shape {
				case "halved for a third":
					limit, imposed = halved(row.limit), imposed*7/6
				case "two processes":
					runs, processes, imposed = 32, 2, imposed*2
				}
				var got figures
				var worst float64
				for seed := range uint64(runs) {
					synctest.Test(t, func(t *testing.T) {
						random := rand.New(rand.NewPCG(seed, 0))
						time.Sleep(time.Duration(random.Float64() * float64(time.Second))) // anywhere in a window
						api := &limitedAPI{limit: limit, started: time.Now()}
						switch row.counter {
						case "bucket":
							api.counter = new(bucket)
						case "fixed window":
							api.counter = new(fixedWindow)
						case "sliding window":
							api.counter = new(slidingWindow)
						}
						took, paused := throttledRun(t, api, processes, sessions, asked[header], random)
						least := imposed
						if header == "10s" {
							least += paused.Seconds()
						}
						ratio := took.Seconds() / least
						worst = max(worst, ratio)
						got.ratio += ratio / float64(runs)
						got.refused += 100 * float64(api.refusals) / float64(api.calls) / float64(runs)
					})
				}
				t.Logf("%.2f of the time that the limit imposes (at worst %.2f), %.1f%% refused", got.ratio, worst, got.refused)
				want := map[string]figures{"none": row.none, "1s": row.sec}[header]
				want.ratio, want.refused = cmp.Or(want.ratio, 1.10), cmp.Or(want.refused, 5)
				if got.ratio > want.ratio {
					t.Errorf("took %.2f times what the limit imposes, want at most %.2f", got.ratio, want.ratio)
				}
				if got.refused >= want.refused {
					t.Errorf("%.1f%% of the calls were refused, want under %.1f%%", got.refused, want.refused)
				}
				if worst > 4 {
					t.Errorf("one run took %.2f times what the limit imposes: a process starved", worst)
				}
			})
		}
	}
}
