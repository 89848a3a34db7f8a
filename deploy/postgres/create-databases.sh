# Read by the entrypoint of the postgres image when the data folder is new: five databases and five roles, each of which
# may connect to its own database and to no other. local_stack/databases.py does the same for the embedded stack.
create_database() {
  psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set role="$1_service" --set database="$1_db" --set password="$2" <<'SQL'
CREATE ROLE :"role" LOGIN PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
}

create_database user "$USER_DB_PASSWORD"
create_database profile "$PROFILE_DB_PASSWORD"
create_database alert "$ALERT_DB_PASSWORD"
create_database survey "$SURVEY_DB_PASSWORD"
create_database score "$SCORE_DB_PASSWORD"
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --command 'REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC'
