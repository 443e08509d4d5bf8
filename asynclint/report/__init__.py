"""Writers: findings in, text out."""
