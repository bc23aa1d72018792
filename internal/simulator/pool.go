package simulator

import "sync"

// poolSize is how many jobs of a pool run at the same time.
const poolSize = 32

// pool runs jobs on a few goroutines. They end when there is nothing left to
// do, so an idle pool has none.
type pool struct {
	mu      sync.Mutex
	queue   []func()
	workers int
	closed  bool
	done    sync.WaitGroup
}

// run runs a job as soon as a worker is free, and does not wait for it. A pool
// that is closed does nothing.
func (p *pool) run(job func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.queue = append(p.queue, job)
	if p.workers < poolSize {
		p.workers++
		p.done.Go(p.work)
	}
}

// work runs jobs until there are none.
func (p *pool) work() {
	for job := p.next(); job != nil; job = p.next() {
		job()
	}
}

// next returns the next job. It returns nil, and the worker must end, when there
// is none.
func (p *pool) next() func() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		p.queue = nil // Gives the memory back.
		p.workers--
		return nil
	}
	job := p.queue[0]
	p.queue[0] = nil
	p.queue = p.queue[1:]
	return job
}

// close drops the jobs that wait, and waits for those that run.
func (p *pool) close() {
	p.mu.Lock()
	p.queue, p.closed = nil, true
	p.mu.Unlock()
	p.done.Wait()
}
