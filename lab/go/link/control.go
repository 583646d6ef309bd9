package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand"
	"net"
	"time"
)

// Command is one line of JSON from whoever steers the link; all of its parts may be left out. The answer is a State.
type Command struct {
	// Up is the way from the host, Down the way to it.
	Up   *Order `json:"up"`
	Down *Order `json:"down"`
}

// Order is what one direction shall be from now on.
type Order struct {
	Shape *Shape `json:"shape"`
	Cut   *bool  `json:"cut"`
	// Seed begins the chances of loss, duplicates and jitter anew.
	Seed *int64 `json:"seed"`
}

// State is one line of JSON: both directions as they are, or what was wrong with the command.
type State struct {
	Error string `json:"error,omitempty"`
	Up    Side   `json:"up"`
	Down  Side   `json:"down"`
}

// Side is one direction as it is.
type Side struct {
	Shape  Shape  `json:"shape"`
	Cut    bool   `json:"cut"`
	Counts Counts `json:"counts"`
}

func serve(listener net.Listener, up, down *direction) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(connection, up, down)
	}
}

func answer(connection net.Conn, up, down *direction) {
	defer func() { _ = connection.Close() }()
	encoder := json.NewEncoder(connection)
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		var command Command
		var state State
		if err := json.Unmarshal(lines.Bytes(), &command); err != nil {
			state.Error = fmt.Sprintf("not a command: %v", err)
		} else {
			up.obey(command.Up)
			down.obey(command.Down)
		}
		state.Up, state.Down = up.look(), down.look()
		if encoder.Encode(state) != nil {
			return
		}
	}
}

func (d *direction) obey(order *Order) {
	if order == nil {
		return
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	if order.Seed != nil {
		d.random = rand.New(rand.NewSource(*order.Seed))
	}
	if order.Shape != nil {
		// What waits for a slow line is under way already; it does not hold up the line that it has become.
		d.shape, d.freeAt = *order.Shape, time.Time{}
	}
	if order.Cut != nil {
		d.cut = *order.Cut
	}
}

func (d *direction) look() Side {
	d.lock.Lock()
	defer d.lock.Unlock()
	return Side{Shape: d.shape, Cut: d.cut, Counts: d.counts}
}
