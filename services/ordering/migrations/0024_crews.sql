SET lock_timeout = '2s';

-- Who speaks for a company, and who its riders are as persons, as delivery has told: by that a person reads the door of a job.
CREATE TABLE partner_member (
    partner_id uuid NOT NULL,
    subject text NOT NULL,
    PRIMARY KEY (partner_id, subject)
);
CREATE INDEX partner_member_subject ON partner_member (subject);

-- Those who ride, and who sign in somewhere.
CREATE TABLE rider_person (
    rider_id uuid PRIMARY KEY,
    partner_id uuid NOT NULL,
    subject text NOT NULL
);
CREATE INDEX rider_person_subject ON rider_person (subject);
