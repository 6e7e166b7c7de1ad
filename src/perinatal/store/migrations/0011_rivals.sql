-- The same cells as before (0005). Only where several deliveries of one source speak can two of them
-- say something of one cell, so only there they are put in order: for the others it was half the time.
CREATE OR REPLACE MACRO data.observation_as_of(moment, patching, keeping) AS TABLE
    WITH kept AS (
        SELECT cell.variable, cell.region, cell.boundary_year, cell.period_start, cell.period_end,
               speaking.source, speaking.event_number
        FROM data.quarantined_cell AS cell
        JOIN meta.speaking_as_of(moment, patching) AS speaking USING (delivery_id, rules_hash)
        WHERE list_contains(keeping, speaking.source)
        GROUP BY ALL
    ), rivalled AS (
        SELECT source FROM meta.speaking_as_of(moment, patching)
        GROUP BY source HAVING count(*) > 1
        UNION
        SELECT source FROM kept
    ), current AS (
        SELECT speaking.source, speaking.event_number, observation.*
        FROM data.observation
        JOIN meta.speaking_as_of(moment, patching) AS speaking USING (delivery_id, rules_hash)
    ), earlier AS (
        SELECT accepted.source, accepted.event_number, observation.*
        FROM data.observation
        JOIN meta.accepted_as_of(moment) AS accepted USING (delivery_id, rules_hash)
        JOIN kept ON kept.source = accepted.source
            AND accepted.event_number < kept.event_number
            AND kept.variable = observation.variable AND kept.region = observation.region
            AND kept.boundary_year = observation.boundary_year
            AND kept.period_start = observation.period_start
            AND kept.period_end = observation.period_end
    ), rival AS (
        SELECT * FROM current WHERE source IN (FROM rivalled)
        UNION ALL
        SELECT * FROM earlier
    )
    SELECT * EXCLUDE (event_number) FROM current WHERE source NOT IN (FROM rivalled)
    UNION ALL
    SELECT * EXCLUDE (event_number)
    FROM rival
    QUALIFY row_number() OVER (
        PARTITION BY source, variable, region, boundary_year, period_start, period_end
        ORDER BY event_number DESC) = 1;
