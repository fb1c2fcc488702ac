package obs

import (
	"io"
	"log/slog"
	"runtime/debug"
	"time"
)

// Service is who writes a log line.
type Service struct {
	Name     string // such as "showcase"
	Role     string // such as "api", or several joined with a comma
	Instance string // host name or instance id; may be empty
}

// NewLogger writes one JSON object per line, at level and above, with the service's fields on each.
// Times are UTC in RFC 3339. w is written to by one goroutine at a time, one line per write.
func NewLogger(w io.Writer, level slog.Leveler, s Service) *slog.Logger {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: utc})
	attrs := []slog.Attr{slog.String("service", s.Name), slog.String("role", s.Role), slog.String("version", Version())}
	if s.Instance != "" {
		attrs = append(attrs, slog.String("instance", s.Instance))
	}
	return slog.New(h.WithAttrs(attrs))
}

func utc(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime {
		return slog.String(slog.TimeKey, a.Value.Time().UTC().Format(time.RFC3339Nano))
	}
	return a
}

// Version is what the binary was built from: the module's version, else the commit, else "devel".
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "devel"
}
