package arch

// Paths in the rules are relative to the module. One ending in "/*" stands for the packages directly below.

// row says what the files of a package may import of this module, tests aside.
type row struct {
	path  string
	sees  []string
	pure  bool // also no context, clock, I/O or randomness of the standard library, and its tests obey the row too
	tests bool // exists for tests: only they import it, and it may use what they use
}

// rows lists every package. One that is not here fails the test, so that its place is decided and not drifted into.
var rows = []row{
	// The flow, from the edge inwards.
	{path: "cmd/showcase", sees: []string{
		"events", "internal/analysis", "internal/anomaly", "internal/app", "internal/bus", "internal/cmdline", "internal/media/sandbox", "internal/obs", "internal/plot", "internal/projector", "migrations",
	}},
	{path: "cmd/showcase-local", sees: []string{
		"events", "internal/app", "internal/auth", "internal/bench", "internal/cmdline", "internal/demo", "internal/eventstore/bench", "internal/local", "internal/local/*",
		"internal/media", "internal/media/sandbox", "internal/obs", "migrations",
	}},
	{path: "internal/app", sees: []string{
		"internal/drain", "internal/emf", "internal/lag", "internal/sdnotify", "internal/tracing",
		"events", "aggregates", "aggregates/*", "projections/*", "handlers/*", "migrations",
		"internal/analysis", "internal/anomaly", "internal/audit", "internal/auth", "internal/auth/*", "internal/blob", "internal/bus", "internal/cityname",
		"internal/command",
		"internal/eventstore", "internal/export", "internal/fault", "internal/live", "internal/media", "internal/media/*", "internal/obs",
		"internal/plot", "internal/progress", "internal/projector", "internal/rdsauth", "internal/rebuild", "internal/relay", "internal/seed", "internal/sweep", "internal/uploads", "internal/vault",
	}},
	{path: "handlers/httpapi", sees: []string{
		"events", "aggregates/*", "projections/*",
		"internal/auth", "internal/auth/*", "internal/blob", "internal/cityname", "internal/command", "internal/fault", "internal/live",
		"internal/media/mp4", "internal/obs", "internal/uploads",
	}},
	{path: "handlers/transcode", sees: []string{
		"events", "aggregates/*",
		"internal/blob", "internal/bus", "internal/command", "internal/fault", "internal/media", "internal/media/*",
		"internal/obs", "internal/progress",
	}},
	{path: "handlers/project", sees: []string{"events", "internal/bus", "internal/fault", "internal/obs", "internal/projector"}},
	{path: "handlers/webui"},
	{path: "aggregates", sees: []string{"events", "internal/fault"}, pure: true},
	{path: "aggregates/account", sees: []string{"aggregates", "events", "internal/fault"}, pure: true},
	{path: "aggregates/ballot", sees: []string{"events", "internal/fault"}, pure: true},
	{path: "aggregates/contest", sees: []string{"aggregates", "events", "internal/fault"}, pure: true},
	{path: "aggregates/ledger", sees: []string{"events", "internal/fault"}, pure: true},
	{path: "aggregates/video", sees: []string{"aggregates", "events", "internal/fault"}, pure: true},
	{path: "aggregates/operations", sees: []string{"aggregates", "events", "internal/fault"}, pure: true},
	{path: "aggregates/scenario", sees: []string{"events", "internal/fault", "aggregates"}, pure: true, tests: true},
	{path: "projections", sees: []string{"events"}},
	{path: "projections/accounts", sees: []string{"events", "internal/fault", "internal/cityname"}},
	{path: "projections/dashboard", sees: []string{"events", "internal/fault", "internal/cityname"}},
	{path: "projections/gallery", sees: []string{"events", "internal/fault", "internal/cityname"}},
	{path: "projections/ranking", sees: []string{"events", "internal/fault", "internal/cityname"}},
	{path: "events", pure: true},
	{path: "migrations", sees: []string{"internal/pause"}},

	// The machinery.
	{path: "internal/analysis", sees: []string{"events", "internal/cityname"}, pure: true},
	{path: "internal/anomaly", sees: []string{"events", "internal/analysis"}, pure: true},
	{path: "internal/audit", sees: []string{"events", "internal/analysis", "internal/eventstore", "internal/vault"}},
	{path: "internal/auth", sees: []string{"events", "internal/fault"}},
	{path: "internal/auth/sessions", sees: []string{"events", "internal/auth", "internal/fault"}},
	{path: "internal/awshttp"},
	{path: "internal/blob", sees: []string{"events", "internal/awshttp", "internal/fault"}},
	{path: "internal/bus", sees: []string{"events", "internal/awshttp", "internal/fault", "internal/pause"}},
	{path: "internal/cityname"},
	{path: "internal/cmdline", sees: []string{"internal/obs"}},
	{path: "internal/command", sees: []string{
		"events", "aggregates", "aggregates/*", "internal/eventstore", "internal/fault", "internal/vault",
	}},
	{path: "internal/drain", sees: []string{"internal/pause"}},
	{path: "internal/drain/draintest", tests: true},
	{path: "internal/emf"},
	{path: "internal/eventstore", sees: []string{"events", "internal/fault", "internal/pause"}},
	{path: "internal/export", sees: []string{"events", "internal/eventstore", "internal/vault"}},
	{path: "internal/fault"},
	{path: "internal/lag"},
	{path: "internal/live", sees: []string{"events", "internal/cityname", "internal/fault", "projections/gallery", "projections/ranking"}},
	{path: "internal/media", sees: []string{"events", "internal/fault", "internal/media/*"}},
	{path: "internal/media/artwork"},
	{path: "internal/media/mp4", sees: []string{"internal/fault"}},
	{path: "internal/media/sandbox"},
	{path: "internal/obs"},
	{path: "internal/pause"},
	{path: "internal/plot"},
	{path: "internal/progress", sees: []string{"events"}},
	{path: "internal/projector", sees: []string{"events", "internal/eventstore", "internal/fault", "internal/vault"}},
	{path: "internal/rdsauth"},
	{path: "internal/rdsauth/rdstest", tests: true},
	{path: "internal/rebuild", sees: []string{
		"events", "internal/analysis", "internal/audit", "internal/eventstore", "internal/pause", "internal/projector", "internal/vault",
		"projections/ranking",
	}},
	{path: "internal/relay", sees: []string{"events", "internal/bus", "internal/eventstore", "internal/fault", "internal/pause"}},
	{path: "internal/sdnotify"},
	{path: "internal/seed", sees: []string{"events", "internal/vault"}},
	{path: "internal/sweep", sees: []string{"events", "internal/blob", "internal/bus", "internal/fault", "internal/uploads"}},
	{path: "internal/tracing"},
	{path: "internal/tracing/tracetest", tests: true},
	{path: "internal/uploads", sees: []string{"events", "internal/fault"}},
	{path: "internal/vault", sees: []string{"events", "internal/fault"}},

	// The stand-ins for one machine, which the production binary cannot reach.
	{path: "internal/bench", sees: []string{"events", "internal/eventstore", "internal/media", "internal/media/*"}},
	{path: "internal/demo"},
	{path: "internal/eventstore/bench", sees: []string{"events", "internal/eventstore"}},
	{path: "internal/local", sees: []string{"internal/local/*"}},
	{path: "internal/local/child", sees: []string{"internal/local/*"}},
	{path: "internal/local/datadir", sees: []string{"internal/local/*"}},
	{path: "internal/local/loopsqs"},
	{path: "internal/local/pgserver", sees: []string{"internal/local/*"}},
	{path: "internal/local/s3gateway", sees: []string{"internal/local/*"}},
	{path: "internal/local/sqscontract", tests: true},

	// What holds the templates of deploy/ to rules.
	{path: "deploy", tests: true},
	{path: "deploy/cfn"},
	{path: "deploy/hosts", tests: true},
	{path: "deploy/rules", sees: []string{"deploy/cfn"}},
	{path: "deploy/sbom"},
	{path: "deploy/spec", sees: []string{"deploy/cfn"}},
	{path: "deploy/simulator", sees: []string{"deploy/cfn", "deploy/rules", "deploy/simulator/sim"}},
	{path: "deploy/simulator/sim", sees: []string{"deploy/cfn"}},

	// What serves the work on the code.
	{path: "internal/arch"},
	{path: "internal/docsgen", sees: []string{"events"}},
	{path: "internal/logtest", sees: []string{"events", "internal/eventstore", "internal/vault"}, tests: true},
	{path: "internal/e2e", sees: []string{"internal/*", "internal/local/*", "internal/media/*", "events", "migrations"}, tests: true},
	{path: "internal/fleet", tests: true},
	{path: "internal/pgtest", sees: []string{"internal/local", "internal/local/*", "migrations"}, tests: true},
}

// library says which packages may import a module that is not ours, or a package below it.
type library struct {
	path  string
	homes []string // the packages that may; tests may always
	tests bool     // nothing but tests may
}

// anywhere is the home of small libraries that shape nothing.
var anywhere = []string{"*", "*/*", "*/*/*"}

// libraries lists every module we import. The longest path that fits decides.
var libraries = []library{
	{path: "github.com/jackc/pgx/v5", homes: []string{
		"internal/app", "internal/audit", "internal/auth/sessions", "internal/eventstore", "internal/export", "internal/eventstore/bench", "internal/lag", "internal/local", "internal/local/*", "internal/pgtest",
		"internal/progress", "internal/projector", "internal/rdsauth", "internal/rebuild", "internal/relay", "internal/seed", "internal/uploads", "internal/vault", "migrations", "projections/*",
	}},
	{path: "github.com/pressly/goose/v3", homes: []string{"migrations"}},
	{path: "github.com/aws/aws-sdk-go-v2", homes: []string{"internal/bus", "internal/blob", "internal/drain", "internal/rdsauth"}},
	{path: "github.com/aws/smithy-go", homes: []string{"internal/bus", "internal/blob"}},
	{path: "github.com/ThreeDotsLabs/watermill", homes: []string{
		"internal/app", "internal/bus", "internal/relay", "handlers/transcode", "handlers/project",
	}},
	{path: "github.com/ThreeDotsLabs/watermill-aws", homes: []string{"internal/bus"}},
	{path: "github.com/versity/versitygw", homes: []string{"internal/local", "internal/local/*"}},
	{path: "github.com/go-chi/chi/v5", homes: []string{"handlers/httpapi"}},
	{path: "github.com/golang-jwt/jwt/v5", homes: []string{"internal/auth"}},
	{path: "github.com/parquet-go/parquet-go", homes: []string{"internal/export"}},
	{path: "github.com/alecthomas/kong", homes: []string{"cmd/*", "internal/cmdline"}},
	{path: "github.com/prometheus/client_golang", homes: []string{"internal/obs", "internal/app"}},
	{path: "gopkg.in/yaml.v3", homes: []string{"deploy/cfn", "handlers/httpapi", "internal/analysis", "internal/app"}},
	{path: "github.com/google/uuid", homes: []string{"internal/app", "internal/command"}},
	{path: "golang.org/x/crypto", homes: []string{"internal/auth", "internal/vault"}},
	{path: "golang.org/x/image", homes: []string{"internal/media", "internal/media/*", "internal/plot"}},
	{path: "golang.org/x/sys", homes: []string{
		"handlers/transcode", "internal/eventstore", "internal/local", "internal/local/*", "internal/media", "internal/media/*",
	}},
	{path: "golang.org/x/sync", homes: anywhere},
	{path: "golang.org/x/text", homes: anywhere},
	{path: "golang.org/x/time", homes: anywhere},

	{path: "github.com/getkin/kin-openapi", tests: true},
	{path: "github.com/google/go-cmp", tests: true},
	{path: "github.com/rogpeppe/go-internal", tests: true},
	{path: "go.uber.org/goleak", tests: true},
	{path: "pgregory.net/rapid", tests: true},
}

// impure is what a pure package may not import of the standard library. The clock itself is the linter's business,
// since package time also has the types.
var impure = []string{
	"context", "crypto/rand", "database", "io/fs", "io/ioutil", "log", "math/rand", "net", "os", "plugin", "runtime",
	"sync", "syscall", "unsafe",
}

// pureBelow are packages below an impure path that are harmless all the same.
var pureBelow = []string{"net/mail", "net/netip", "net/url"}

// Longest files, in lines.
const (
	maxLines     = 350
	maxTestLines = 600
)
