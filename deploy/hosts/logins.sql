-- A login for each role of IAM, with the application's rights and without a password: RDS checks the role's token.
-- Running it again changes nothing.
DO $$
DECLARE
    login text;
BEGIN
    FOREACH login IN ARRAY ARRAY['showcase_web', 'showcase_relay', 'showcase_worker'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = login) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', login);
        END IF;
        EXECUTE format('GRANT showcase_app, rds_iam TO %I', login);
    END LOOP;
END
$$;
