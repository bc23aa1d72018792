package main

import (
	"io"
	"log/slog"
	"time"

	"github.com/advance-community/terraform-provider-advance/internal/simulator"
)

// newLogger returns the program's log: lines for a person, or JSON.
func newLogger(w io.Writer, asJSON bool) *slog.Logger {
	if asJSON {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: shorten}))
}

// shorten leaves the time of the day, and of the levels only those above INFO.
func shorten(_ []string, attr slog.Attr) slog.Attr {
	switch attr.Key {
	case slog.TimeKey:
		return slog.String(attr.Key, attr.Value.Time().Format(time.TimeOnly))
	case slog.LevelKey:
		if attr.Value.String() == slog.LevelInfo.String() {
			return slog.Attr{}
		}
	}
	return attr
}

// logEvents logs what happens, until there are no more events: the API calls,
// and what becomes of sessions. The message of a call is left out, because a
// fault can make it quote what the call sent.
func logEvents(log *slog.Logger, events <-chan simulator.Event) {
	for event := range events {
		switch data := event.Data.(type) {
		case simulator.Call:
			log.Info("call", callAttrs(data)...)
		case simulator.HistoryEntry:
			if data.Kind != simulator.HistoryCall {
				log.Info(data.Kind, "signature_id", data.SignatureID, "text", data.Text)
			}
		}
	}
}

// callAttrs returns the attributes of a call that say something.
func callAttrs(call simulator.Call) []any {
	attrs := []any{"operation", string(call.Operation), "code", call.Code, "http_status", call.HTTPStatus}
	if call.SignatureID != "" {
		attrs = append(attrs, "signature_id", call.SignatureID)
	}
	if call.Fault != "" {
		attrs = append(attrs, "fault", call.Fault)
	}
	return append(attrs, "transaction_id", call.TransactionID)
}
