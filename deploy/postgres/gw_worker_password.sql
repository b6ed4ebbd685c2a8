-- Gives the role the password of the environment variable DB_WORKER_PASSWORD, so that it is on no command line.
\getenv password DB_WORKER_PASSWORD
alter role gw_worker password :'password';
