"""PostgreSQL notifications: each transaction that needs something sent notifies all listeners on commit."""

DELIVERIES_CHANNEL = "laurel_deliveries"

# A trigger, so that no way to publish can forget it, and none makes a round trip more for it.
CREATE_NOTIFICATIONS = (
    f"""
    CREATE OR REPLACE FUNCTION notify_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_notify('{DELIVERIES_CHANNEL}', ''); RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER notify_deliveries AFTER INSERT OR UPDATE OF wanted_version, identity_id ON deliveries
    FOR EACH STATEMENT EXECUTE FUNCTION notify_deliveries()
    """,
)
