-- +goose NO TRANSACTION
-- +goose Up

-- The log itself says who an account was at any position. The ranking kept a copy of that for every account, in
-- ranking_people, which no release from this one on reads or writes. It stays for the release before; a later migration
-- may drop it.
DROP INDEX CONCURRENTLY IF EXISTS public.events_profiles_idx;
CREATE INDEX CONCURRENTLY events_profiles_idx ON public.events (log_id, (data->>'account_id'), position)
    WHERE type IN ('account.registered', 'account.profile-changed', 'account.erased');
COMMENT ON INDEX public.events_profiles_idx IS 'Finds what an account''s profile was at a position. Facts of other types cost it nothing.';
