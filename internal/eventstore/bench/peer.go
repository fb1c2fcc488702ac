package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// peerTable is how an application without a log would store votes.
const peerTable = `
	DROP TABLE IF EXISTS bench_votes;
	CREATE TABLE bench_votes (
		id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		voter_id uuid NOT NULL,
		video_id uuid NOT NULL,
		voted_at timestamptz NOT NULL DEFAULT now(),
		UNIQUE (voter_id, video_id)
	);
	COMMENT ON TABLE bench_votes IS 'Filled by the benchmark; may be dropped.'`

const peerScript = `INSERT INTO bench_votes (voter_id, video_id) VALUES (gen_random_uuid(), gen_random_uuid());
`

// rate is the line of pgbench's that counts.
var rate = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)

// peer runs pgbench.
type peer struct {
	cfg    Config
	dir    string
	script string
	env    []string
}

func newPeer(ctx context.Context, pool *pgxpool.Pool, cfg Config) (*peer, error) {
	if _, err := pool.Exec(ctx, peerTable); err != nil {
		return nil, fmt.Errorf("make pgbench's table: %w", err)
	}
	dir, err := os.MkdirTemp("", "showcase-bench-")
	if err != nil {
		return nil, fmt.Errorf("make pgbench's folder: %w", err)
	}
	script := filepath.Join(dir, "insert.sql")
	if err := os.WriteFile(script, []byte(peerScript), 0o600); err != nil {
		return nil, fmt.Errorf("write pgbench's script: %w", err)
	}
	c := pool.Config().ConnConfig
	env := append(os.Environ(), // not as arguments, which everybody on the machine can read
		"PGHOST="+c.Host, fmt.Sprint("PGPORT=", c.Port), "PGUSER="+c.User, "PGPASSWORD="+c.Password, "PGDATABASE="+c.Database)
	return &peer{cfg: cfg, dir: dir, script: script, env: env}, nil
}

func (p *peer) remove() error { return os.RemoveAll(p.dir) }

// length is how long pgbench runs. It counts in whole seconds; for less it makes a few rows per client.
func (p *peer) length() string {
	if p.cfg.Part < time.Second {
		return "--transactions=5"
	}
	return fmt.Sprintf("--time=%.0f", p.cfg.Part.Seconds())
}

// run is one measurement, in inserts a second.
func (p *peer) run(ctx context.Context) (float64, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(p.cfg.PGBin, "pgbench"),
		"--no-vacuum", "--protocol=prepared", fmt.Sprint("--client=", PeerClients), "--jobs=2",
		p.length(), "--file="+p.script)
	cmd.Env = p.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("run pgbench: %w\n%s", err, out)
	}
	m := rate.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("run pgbench: no rate in its output\n%s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
