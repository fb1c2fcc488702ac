-- +goose Up
ALTER TABLE public.accounts ADD COLUMN role text COLLATE "C" NOT NULL DEFAULT 'player';
COMMENT ON COLUMN public.accounts.role IS 'player or organiser. What an organiser may do is asked of this column for each request.';
CREATE INDEX accounts_organisers ON public.accounts (account_id) WHERE role <> 'player';
