-- The turn of a delivery is when it was last handed over: who has the last turn speaks last. Judging
-- it anew, under other rules, keeps its turn, so that an old file never silences a newer one.
CREATE TABLE meta.handover (
    delivery_id  TEXT NOT NULL,
    written_at   TIMESTAMP NOT NULL,
    -- NULL: seen, and nothing came of it, since these bytes had the last word already
    turn         BIGINT,
    PRIMARY KEY (delivery_id, written_at)
);

-- NULL: an event of before this was kept; its own number is its turn
ALTER TABLE meta.delivery_event ADD COLUMN turn BIGINT;

-- 'event_number' is the turn from now on: all that is asked of it is who comes after whom.
CREATE OR REPLACE MACRO meta.accepted_as_of(moment) AS TABLE
    SELECT delivery.delivery_id, delivery.source,
           arg_max(coalesce(event.turn, event.event_number), event.event_number) AS event_number,
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

-- What is still to be told of a verdict, committed with it; the outbox is a folder of files.
CREATE SEQUENCE meta.intent_number;
CREATE TABLE meta.intent (
    number       BIGINT PRIMARY KEY DEFAULT nextval('meta.intent_number'),
    delivery_id  TEXT NOT NULL,
    content      TEXT NOT NULL,
    done_at      TIMESTAMP
);
