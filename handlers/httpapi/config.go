package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"time"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/obs"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

// Config is what the API is made of. Every field is required unless it says otherwise.
type Config struct {
	AccountCommands AccountCommands
	VideoCommands   VideoCommands
	Ballots         Ballots
	Contest         Contest
	Organising      Organising
	Machinery       Machinery

	Accounts Accounts
	Gallery  Gallery
	Ranking  Ranking
	Past     Past
	Figures  Figures

	Vault    Vault
	Sessions Sessions
	Objects  Objects
	Live     Live
	Uploads  Uploads
	// OpenObject reads a stored object from an offset to its end, so that /media can stream it. Nil makes /media answer
	// with a redirect to a presigned URL instead, which leaves the bytes to the object store.
	OpenObject func(ctx context.Context, key string, offset int64) (io.ReadCloser, error)

	Hasher  *auth.Hasher
	Tokens  *auth.Tokens
	Limiter *auth.Limiter
	Metrics *obs.HTTPMetrics
	Log     *slog.Logger
	Checks  []Check // what readiness asks; may be empty

	Now   func() time.Time
	NewID func() events.ID // version 7

	PublicURL      string         // base of links, such as https://showcase.example; no slash at the end
	ScratchDir     string         // where uploads are spooled; must exist
	MaxUploads     int            // uploads at once; beyond, 503
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed; may be empty
	AllowedOrigins []string       // browser origins other than our own that may call; may be empty
	RefreshTTL     time.Duration  // Max-Age of the refresh cookie
	LogEvery       int            // of the answers below 500 of votes and rankings, one in so many is logged; at least 1
}

// AccountCommands change accounts.
type AccountCommands interface {
	SignUp(ctx context.Context, meta events.Metadata, in command.SignUp) (events.ID, error)
	ChangeProfile(ctx context.Context, meta events.Metadata, id events.ID, p account.Profile) error
	ChangePassword(ctx context.Context, meta events.Metadata, id events.ID, hash string) error
	EraseAccount(ctx context.Context, meta events.Metadata, id events.ID) error
}

// VideoCommands change videos.
type VideoCommands interface {
	SubmitVideo(ctx context.Context, meta events.Metadata, c video.Submit) error
	DeleteVideo(ctx context.Context, meta events.Metadata, id, by events.ID) error
	VideoMoments(ctx context.Context, id events.ID, limit int) ([]command.Moment, error)
}

// Ballots take votes.
type Ballots interface {
	CastBallot(ctx context.Context, meta events.Metadata, voter, video events.ID, idempotencyKey string) error
}

// Contest tells how the contest is set; false while there is none.
type Contest interface {
	Contest(ctx context.Context) (events.ContestSettings, bool, error)
}

// Accounts finds living accounts.
type Accounts interface {
	ByStream(ctx context.Context, stream string) (accounts.Account, bool, error)
	ByID(ctx context.Context, id events.ID) (accounts.Account, bool, error)
	Names(ctx context.Context, ids []events.ID) (map[events.ID]string, error)
}

// Gallery finds videos.
type Gallery interface {
	ByID(ctx context.Context, id events.ID) (gallery.Video, bool, error)
	OfOwner(ctx context.Context, owner events.ID, limit, offset int) ([]gallery.Video, error)
	Public(ctx context.Context, city string, limit, offset int) ([]gallery.Video, error)
	ByIDs(ctx context.Context, ids []events.ID) ([]gallery.Video, error)
	Cards(ctx context.Context, limit int) ([]gallery.Card, error)
	Entries(ctx context.Context, f gallery.Filter, limit, offset int) ([]gallery.Entry, int64, error)
}

// Ranking counts votes.
type Ranking interface {
	Page(ctx context.Context, city string, limit, offset int) ([]ranking.Row, int64, error)
	Position(ctx context.Context) (int64, error)
	VideoVotes(ctx context.Context, ids []events.ID) (map[events.ID]int64, error)
	Cities(ctx context.Context) ([]ranking.City, error)
	PlayerRank(ctx context.Context, player events.ID) (ranking.Standing, bool, error)
	NationalRank(ctx context.Context, player events.ID) (position, participants int64, err error)
	Tallies(ctx context.Context, limit int) ([]ranking.Tally, error)
}

// Figures are a person's own numbers.
type Figures interface {
	Of(ctx context.Context, owner events.ID) (dashboard.Figures, error)
	VotedBy(ctx context.Context, voter events.ID) ([]events.ID, error)
	BallotsOf(ctx context.Context, voter events.ID) ([]dashboard.Ballot, error)
	VoidedBy(ctx context.Context, voter events.ID, limit int) ([]dashboard.Ballot, error)
	VoidedOf(ctx context.Context, owner events.ID, limit int) ([]dashboard.Voided, error)
	Hours(ctx context.Context, owner events.ID, limit int) ([]dashboard.Hour, error)
	Acts(ctx context.Context, limit int) ([]dashboard.Act, error)
}

// Vault keys what must not stand in the log in plain.
type Vault interface {
	EmailMAC(normalised string) []byte
	AddressDigest(prefix string) string
}

// Sessions keeps sign-ins.
type Sessions interface {
	Open(ctx context.Context, account events.ID) (sessions.Session, error)
	OpenRefreshable(ctx context.Context, account events.ID) (sessions.Session, string, error)
	Rotate(ctx context.Context, token string) (sessions.Session, string, error)
	SessionOf(ctx context.Context, token string) (events.ID, error)
	Revoke(ctx context.Context, session events.ID, why sessions.Reason) error
	RevokeAccount(ctx context.Context, account, but events.ID, why sessions.Reason) error
	Of(ctx context.Context, account events.ID) ([]sessions.Living, error)
	RevokeOwn(ctx context.Context, account, session events.ID, why sessions.Reason) error
	IssueTicket(ctx context.Context, s sessions.Session) (string, error)
	RedeemTicket(ctx context.Context, ticket string) (sessions.Session, error)
}

// Objects keeps files.
type Objects interface {
	Put(ctx context.Context, key string, r io.Reader, size int64, contentType string) error
	Delete(ctx context.Context, keys ...string) error
	Head(ctx context.Context, key string) (blob.Object, error)
	GetRange(ctx context.Context, key string, offset, size int64) (io.ReadCloser, error)
	StartParts(ctx context.Context, key, contentType string) (string, error)
	PresignPart(ctx context.Context, key, upload string, number int, size int64, ttl time.Duration) (string, error)
	ListParts(ctx context.Context, key, upload string) ([]blob.Part, error)
	FinishParts(ctx context.Context, key, upload string, parts []blob.Part) error
	AbortParts(ctx context.Context, key, upload string) error
	PresignGet(ctx context.Context, key string, ttl time.Duration) (string, error)
}
