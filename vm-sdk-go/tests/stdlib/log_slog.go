package stdlib

import (
	"log/slog"
	"strings"
)

// LogSlog uses package log/slog.
func LogSlog() string {
	var out strings.Builder
	logger := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	logger.Info("done", "n", 7)
	return out.String()
}
