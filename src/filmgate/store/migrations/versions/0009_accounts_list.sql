-- Without it every page of the list sorts all accounts.
CREATE INDEX account_newest ON account (created_at DESC, account_id);
