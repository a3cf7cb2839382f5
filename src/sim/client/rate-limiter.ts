/** client-go's token bucket (flowcontrol.NewTokenBucketRateLimiter): qps tokens a second, at most `burst` saved up. */
export interface TokenBucket { readonly qps: number; readonly burst: number; tokens: number; filledUs: number }

export function newTokenBucket(qps: number, burst: number): TokenBucket {
  return { qps, burst, tokens: burst, filledUs: 0 };
}

/** Takes one token, going into debt if there is none; returns how many microseconds to wait for it. */
export function reserveUs(bucket: TokenBucket, nowUs: number): number {
  bucket.tokens = Math.min(bucket.burst, bucket.tokens + ((nowUs - bucket.filledUs) * bucket.qps) / 1_000_000);
  bucket.filledUs = nowUs;
  bucket.tokens -= 1;
  return bucket.tokens >= 0 ? 0 : Math.ceil((-bucket.tokens * 1_000_000) / bucket.qps);
}
