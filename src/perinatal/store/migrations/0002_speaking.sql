-- Who speaks, now or as of a moment. A full redelivery silences all before it; a patch only
-- replaces the cells that it brings (so a full correction can leave rows out for good).
CREATE MACRO meta.accepted_as_of(moment) AS TABLE
    SELECT delivery.delivery_id, delivery.source, max(event.event_number) AS event_number,
           arg_max(event.rules_hash, event.event_number) AS rules_hash
    FROM meta.delivery
    JOIN meta.delivery_event AS event USING (delivery_id)
    WHERE event.happened_at <= moment
      AND event.event IN ('accepted', 'accepted_with_warnings')
      AND NOT EXISTS (
          SELECT 1 FROM meta.delivery_event AS later
          WHERE later.delivery_id = delivery.delivery_id
            AND later.event = 'withdrawn'
            AND later.happened_at <= moment
            AND later.event_number > event.event_number)
    GROUP BY ALL;

CREATE MACRO meta.speaking_as_of(moment, patching) AS TABLE
    SELECT delivery_id, source, event_number, rules_hash
    FROM meta.accepted_as_of(moment) AS accepted
    WHERE list_contains(patching, source)
       OR event_number = (
           SELECT max(other.event_number) FROM meta.accepted_as_of(moment) AS other
           WHERE other.source = accepted.source);

CREATE MACRO data.observation_as_of(moment, patching) AS TABLE
    SELECT speaking.source, observation.*
    FROM data.observation
    JOIN meta.speaking_as_of(moment, patching) AS speaking USING (delivery_id, rules_hash)
    QUALIFY row_number() OVER (
        PARTITION BY speaking.source, variable, region, boundary_year, period_start, period_end
        ORDER BY speaking.event_number DESC) = 1;

CREATE MACRO ref.region_as_of(moment) AS TABLE
    SELECT region.*
    FROM ref.region
    JOIN meta.speaking_as_of(moment, []::TEXT[]) AS speaking
        USING (delivery_id, rules_hash);

-- Must be empty before every commit: DuckDB has no foreign keys across schemas.
CREATE VIEW meta.orphan AS
    SELECT 'delivery_event' AS place, delivery_id FROM meta.delivery_event
    WHERE delivery_id NOT IN (SELECT delivery_id FROM meta.delivery)
    UNION ALL
    SELECT 'observation', delivery_id FROM data.observation
    WHERE delivery_id NOT IN (SELECT delivery_id FROM meta.delivery)
    UNION ALL
    SELECT 'region', delivery_id FROM ref.region
    WHERE delivery_id NOT IN (SELECT delivery_id FROM meta.delivery)
    UNION ALL
    SELECT 'check_result', delivery_id FROM data.check_result
    WHERE delivery_id NOT IN (SELECT delivery_id FROM meta.delivery);
