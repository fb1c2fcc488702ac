package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/app"
)

type ballotsCmd struct {
	Void      ballotsVoidCmd      `cmd:"" help:"Take the ballots that a rule leaves out of the official count, on record."`
	Reinstate ballotsReinstateCmd `cmd:"" help:"Make the ballots of an act count again."`
	Ledger    ballotsLedgerCmd    `cmd:"" help:"List every act."`
	Of        ballotsOfCmd        `cmd:"" help:"Say what became of a voter's ballots, or of those for a player."`
	Show      ballotsShowCmd      `cmd:"" help:"Say what happened to one ballot, and why."`
}

type ballotsVoidCmd struct {
	app.Config `embed:""`

	Rule   string `type:"existingfile" required:"" help:"The rule, a YAML file that only leaves ballots out."`
	Reason string `required:"" help:"Why, for whoever asks; no names."`
	Actor  string `required:"" help:"The e-mail of the organiser's account."`
	Yes    bool   `help:"Do not ask."`
	JSON   bool   `name:"json" help:"The act as one JSON object; wants --yes."`
}

var (
	errJSONAsks    = errors.New("--json wants --yes: there is nobody to answer")
	errOnlyExclude = errors.New("a rule that is made official can leave ballots out and cap them, no more, and extend no other")
	errNotAgreed   = errors.New("nothing was done")
)

// Run shows the effect, asks, and appends.
func (c *ballotsVoidCmd) Run(ctx context.Context) error {
	if c.JSON && !c.Yes {
		return errJSONAsks
	}
	text, err := os.ReadFile(c.Rule)
	if err != nil {
		return err
	}
	rule, err := loadRule(c.Rule)
	if err != nil {
		return err
	}
	if !rule.OnlyExcludes() || strings.Contains("\n"+string(text), "\nextends:") {
		return errOnlyExclude
	}
	return withLedger(ctx, c.Config, func(a *app.App, audit *app.Analyst) error {
		meta, err := a.ActingOrganiser(ctx, c.Actor)
		if err != nil {
			return err
		}
		head, err := a.Store.Head(ctx)
		if err != nil {
			return err
		}
		fact, err := audit.Strike(ctx, head, rule, text, showProgress())
		if err != nil {
			return err
		}
		if !c.JSON {
			if err := showEffect(ctx, audit, head, rule, fact); err != nil {
				return err
			}
		}
		if !c.Yes && !agreed("Void them?") {
			return errNotAgreed
		}
		fact.ActID, fact.Reason = app.NewID(), c.Reason
		position, err := a.Commands.VoidBallots(ctx, meta, fact)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(actDone{fact.ActID, fact.Count, position})
		}
		fmt.Printf("act %s: %d ballots do not count from event %d on\n", fact.ActID, fact.Count, position)
		return nil
	})
}

// showEffect prints what an act would change.
func showEffect(ctx context.Context, a *app.Analyst, head int64, rule analysis.Rule, fact events.BallotsVoided) error {
	official, err := a.AsOf(ctx, head)
	if err != nil {
		return err
	}
	counted, err := a.Recount(ctx, head, rule, nil, showProgress())
	if err != nil {
		return err
	}
	if err := printDiff(ctx, a, official, counted, diffView{}); err != nil && !errors.Is(err, errDifferent) {
		return err
	}
	fmt.Printf("%d ballots, up to event %d, would no longer count\n", fact.Count, fact.UpTo)
	return nil
}

type ballotsReinstateCmd struct {
	app.Config `embed:""`

	Act    string `required:"" help:"The act's id, as the ledger lists it."`
	Reason string `required:"" help:"Why, for whoever asks; no names."`
	Actor  string `required:"" help:"The e-mail of the organiser's account."`
	Yes    bool   `help:"Do not ask."`
	JSON   bool   `name:"json" help:"The act as one JSON object; wants --yes."`
}

// actDone is an act as it is printed.
type actDone struct {
	Act      events.ID `json:"act_id"`
	Ballots  int       `json:"ballots,omitempty"`
	Position int64     `json:"position"` // of the act in the log; 0: nothing had to be done
}

// Run asks, and appends.
func (c *ballotsReinstateCmd) Run(ctx context.Context) error {
	if c.JSON && !c.Yes {
		return errJSONAsks
	}
	act, err := events.ParseID(c.Act)
	if err != nil {
		return fmt.Errorf("read act: %w", err)
	}
	return withLedger(ctx, c.Config, func(a *app.App, _ *app.Analyst) error {
		meta, err := a.ActingOrganiser(ctx, c.Actor)
		if err != nil {
			return err
		}
		if !c.Yes && !agreed("Make the ballots of act "+act.String()+" count again?") {
			return errNotAgreed
		}
		position, err := a.Commands.ReinstateBallots(ctx, meta, act, c.Reason)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printJSON(actDone{Act: act, Position: position})
		case position == 0:
			fmt.Println("its ballots count already")
		default:
			fmt.Printf("the ballots of act %s count from event %d on\n", act, position)
		}
		return nil
	})
}

// withLedger runs a tool that appends, while the store runs.
func withLedger(ctx context.Context, cfg app.Config, do func(*app.App, *app.Analyst) error) error {
	cfg.MetricsAddr = "" // a tool has nothing to be measured, and this address may be a running role's
	analyst, err := app.OpenAnalyst(ctx, app.AnalystConfig{
		DatabaseURL: cfg.DatabaseURL, LoginConfig: cfg.LoginConfig, Region: cfg.Region, MasterKey: cfg.MasterKey, ContestID: cfg.ContestID,
	}, "ballots")
	if err != nil {
		return err
	}
	defer analyst.Close()
	return runRoles(ctx, cfg, "ballots", func(a *app.App) ([]app.Role, error) {
		return []app.Role{func(context.Context) error { return do(a, analyst) }}, nil
	})
}

// agreed asks on the terminal; without one the answer is no.
func agreed(question string) bool {
	fmt.Fprintf(os.Stderr, "%s Type yes: ", question)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.TrimSpace(line) == "yes"
}

type ballotsLedgerCmd struct {
	app.AnalystConfig `embed:""`
	JSON              bool `name:"json" help:"One JSON object."`
}

type actLine struct {
	Position   int64     `json:"position"`
	RecordedAt time.Time `json:"recorded_at"`
	Act        events.ID `json:"act_id"`
	What       string    `json:"what"`
	Ballots    int       `json:"ballots"`
	Actor      events.ID `json:"actor"`
	Reason     string    `json:"reason"`
	RuleSHA256 string    `json:"rule_sha256,omitempty"`
	Rule       string    `json:"rule,omitempty"`
}

// Run lists.
func (c *ballotsLedgerCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "ballots ledger")
	if err != nil {
		return err
	}
	defer a.Close()
	head, err := a.Store.Head(ctx)
	if err != nil {
		return err
	}
	acts, err := a.Acts(ctx, head)
	if err != nil {
		return err
	}
	lines := []actLine{}
	for _, one := range acts {
		l := actLine{Position: one.Position, RecordedAt: one.RecordedAt, Actor: one.Meta.Actor}
		switch f := one.Event.(type) {
		case events.BallotsVoided:
			l.Act, l.What, l.Ballots, l.Reason, l.RuleSHA256, l.Rule = f.ActID, "void", f.Count, f.Reason, f.RuleSHA256, f.Rule
		case events.BallotsReinstated:
			l.Act, l.What, l.Ballots, l.Reason = f.ActID, "reinstate", f.Count, f.Reason
		}
		lines = append(lines, l)
	}
	if c.JSON {
		return printJSON(map[string]any{"acts": lines})
	}
	return table(os.Stdout, "event\ttime\tact\twhat\tballots\treason", func(w io.Writer) {
		for _, l := range lines {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s\n", l.Position, l.RecordedAt.Format(time.RFC3339), l.Act, l.What, l.Ballots, l.Reason)
		}
	})
}

type ballotsOfCmd struct {
	app.AnalystConfig `embed:""`
	moment            `embed:""`

	Account string `arg:"" help:"The id of a voter or of a player."`
	Void    bool   `help:"Only those that do not count."`
	JSON    bool   `name:"json" help:"One JSON object."`
}

// Run tells.
func (c *ballotsOfCmd) Run(ctx context.Context) error {
	account, err := events.ParseID(c.Account)
	if err != nil {
		return fmt.Errorf("read account: %w", err)
	}
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "ballots of")
	if err != nil {
		return err
	}
	defer a.Close()
	position, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	list, err := a.BallotsOf(ctx, account, position)
	if err != nil {
		return err
	}
	if c.Void {
		kept := list[:0]
		for _, t := range list {
			if !t.Counts {
				kept = append(kept, t)
			}
		}
		list = kept
	}
	if c.JSON {
		return printJSON(map[string]any{"account_id": account, "log_position": position, "ballots": list})
	}
	return table(os.Stdout, "event\ttime\tvoter\tvideo\tcounts\twhy not", func(w io.Writer) {
		for _, t := range list {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%t\t%s\n", t.Position, t.At.UTC().Format(time.RFC3339), t.Voter, t.Video, t.Counts, t.Reason)
		}
	})
}
