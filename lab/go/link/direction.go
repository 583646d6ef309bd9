package main

import (
	"math/rand"
	"net/netip"
	"sync"
	"time"
)

// Shape is how bad one direction is; zero is a good link.
type Shape struct {
	DelayMs          float64 `json:"delayMs"`
	JitterMs         float64 `json:"jitterMs"`
	LossPercent      float64 `json:"lossPercent"`
	DuplicatePercent float64 `json:"duplicatePercent"`
	// KbitPerSecond of 0 is without a bound.
	KbitPerSecond float64 `json:"kbitPerSecond"`
	// QueueBytes may wait for the line; what comes on top is dropped, as a router does it.
	QueueBytes float64 `json:"queueBytes"`
}

// Counts of packets since the start. Bytes are of those that came through, in IP packets.
type Counts struct {
	Passed     int64 `json:"passed"`
	Bytes      int64 `json:"bytes"`
	Lost       int64 `json:"lost"`
	Overflowed int64 `json:"overflowed"`
	Cut        int64 `json:"cut"`
	Foreign    int64 `json:"foreign"`
}

// Where the addresses of an IPv4 packet stand.
const (
	sourceOffset      = 12
	destinationOffset = 16
	headerSize        = 20
)

// mostUnderWay bounds what a long and fast link may hold.
const mostUnderWay = 8192

type packet struct {
	data []byte
	due  time.Time
}

// direction is one half of the link: packets leave it in the order in which they came.
type direction struct {
	offset int
	host   netip.Addr
	line   chan packet

	lock   sync.Mutex
	random *rand.Rand
	shape  Shape
	cut    bool
	counts Counts
	// freeAt is when the line will have sent all that waits for it.
	freeAt time.Time
	// lastDue keeps jitter from letting a packet overtake another, which TCP would take for a loss.
	lastDue time.Time
}

func newDirection(seed int64, offset int, host netip.Addr) *direction {
	line := make(chan packet, mostUnderWay)
	return &direction{offset: offset, host: host, line: line, random: rand.New(rand.NewSource(seed))}
}

// take decides what becomes of a packet that has come to this end. The data is copied.
func (d *direction) take(data []byte) {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.cut {
		d.counts.Cut++
		return
	}
	if !d.isOfHost(data) {
		d.counts.Foreign++
		return
	}
	d.put(data, time.Now())
	if d.chance(d.shape.DuplicatePercent) {
		d.put(data, time.Now())
	}
}

// isOfHost keeps off what the kernels say by themselves, and connections from before this link was there.
func (d *direction) isOfHost(data []byte) bool {
	if len(data) < headerSize || data[0]>>4 != 4 {
		return false
	}
	address, _ := netip.AddrFromSlice(data[d.offset : d.offset+4])
	return address == d.host
}

func (d *direction) put(data []byte, now time.Time) {
	sent := now
	if d.shape.KbitPerSecond > 0 {
		perByte := float64(time.Second) / (d.shape.KbitPerSecond * 1000 / 8)
		if d.freeAt.Before(now) {
			d.freeAt = now
		}
		if float64(d.freeAt.Sub(now))/perByte+float64(len(data)) > d.shape.QueueBytes {
			d.counts.Overflowed++
			return
		}
		d.freeAt = d.freeAt.Add(time.Duration(perByte * float64(len(data))))
		sent = d.freeAt
	}
	// Lost on the way: the line was busy with it all the same.
	if d.chance(d.shape.LossPercent) {
		d.counts.Lost++
		return
	}
	due := sent.Add(time.Duration((d.shape.DelayMs + d.shape.JitterMs*d.random.Float64()) * float64(time.Millisecond)))
	if due.Before(d.lastDue) {
		due = d.lastDue
	}
	select {
	case d.line <- packet{data: append([]byte(nil), data...), due: due}:
		d.lastDue = due
	default:
		d.counts.Overflowed++
	}
}

func (d *direction) chance(percent float64) bool {
	return percent > 0 && d.random.Float64()*100 < percent
}

// next waits for the next packet that comes through. A cut takes what is under way as well.
func (d *direction) next() []byte {
	for {
		next := <-d.line
		time.Sleep(time.Until(next.due))
		if d.arrives(len(next.data)) {
			return next.data
		}
	}
}

func (d *direction) arrives(size int) bool {
	d.lock.Lock()
	defer d.lock.Unlock()
	if d.cut {
		d.counts.Cut++
		return false
	}
	d.counts.Passed++
	d.counts.Bytes += int64(size)
	return true
}
