"""What a fitted network says: ranks, league table, consistency, and where its evidence comes from."""
