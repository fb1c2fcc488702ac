package app

import (
	"context"
	"fmt"
	"strconv"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/command"
)

// SeedVideos enters n players with one video each that is open for voting, through the commands but without files, for
// measurements on a contest that is thrown away.
func (a *App) SeedVideos(ctx context.Context, n int) ([]events.ID, error) {
	ids := make([]events.ID, n)
	for i := range ids {
		owner, err := a.Commands.SignUp(ctx, events.Metadata{}, command.SignUp{
			FirstName: "Player", LastName: strconv.Itoa(i), Email: fmt.Sprintf("player%d@bench.example", i),
			PasswordHash: "none", City: fmt.Sprint("City ", i%4), Country: "Colombia",
		})
		if err != nil {
			return nil, err
		}
		ids[i] = NewID()
		if err := a.seedVideo(ctx, owner, ids[i]); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (a *App) seedVideo(ctx context.Context, owner, id events.ID) error {
	none := events.Object{Key: "none", SHA256: "none"}
	err := a.Commands.SubmitVideo(ctx, events.Metadata{}, video.Submit{
		VideoID: id, OwnerID: owner, Title: "Bench", Public: true, Original: none, DurationMS: 30_000,
	})
	if err != nil {
		return err
	}
	job, err := a.Commands.StartProcessing(ctx, events.Metadata{}, id, "bench")
	if err != nil {
		return err
	}
	return a.Commands.FinishProcessing(ctx, events.Metadata{}, events.VideoProcessed{
		VideoID: id, Attempt: job.Attempt, Clip: none, Preview: none, PosterJPEG: none, PosterWebP: none, DurationMS: 35_000,
	})
}
