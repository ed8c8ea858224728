import { jobName } from './plan.ts';

/** SQL for the sessions of this job's own statements: what one of them vacuums is waited for, and not left to others. */
export const ownVacuums = /* sql */ `SELECT pid FROM pg_stat_activity
  WHERE starts_with(application_name, 'nightshift ${jobName} ') AND usename = session_user AND pid IS NOT NULL`;
