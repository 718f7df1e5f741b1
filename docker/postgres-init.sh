#!/bin/sh
# Runs once, when the database is new: gives the two roles that processes log in as their passwords.
# `hub migrate` makes every other role and all rights, and leaves these two as they are.
set -eu

psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --no-psqlrc --quiet \
    --set ON_ERROR_STOP=1 <<'SQL'
\getenv api_password API_PASSWORD
\getenv worker_password WORKER_PASSWORD
CREATE ROLE hub_api LOGIN NOINHERIT PASSWORD :'api_password';
CREATE ROLE hub_worker LOGIN NOINHERIT PASSWORD :'worker_password';
SQL
