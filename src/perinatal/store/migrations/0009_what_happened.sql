-- A reader of a document is told what a failed rule found, never how it should have been.
ALTER TABLE data.check_result ADD COLUMN happened TEXT;
UPDATE data.check_result SET happened = 'Een controle gaf een opmerking: ‘' || rule_id || '’.';
