// The part of libsrtp 3's interface that mediasoup-worker uses, written over
// Debian's libsrtp 2. The worker's sources say `#include <srtp.h>` and find this.
#pragma once

#include <cstdint>
#include <cstring>

// libsrtp 2 has a plain struct of this name; libsrtp 3 an opaque pointer.
#define srtp_policy_t srtp2_policy_t
#include <srtp2/srtp.h>
#undef srtp_policy_t

// Codes that libsrtp 2 does not have; the numbers follow its last one (27).
inline constexpr auto srtp_err_status_buffer_small  = static_cast<srtp_err_status_t>(28);
inline constexpr auto srtp_err_status_cryptex_err   = static_cast<srtp_err_status_t>(29);
static_assert(srtp_err_status_pkt_idx_adv == 27, "libsrtp 2 numbers its errors differently");

// libsrtp 2 adds an authentication tag and, for RTCP, an index of four bytes.
inline constexpr size_t srtp_shim_rtcp_index_len{ 4 };

struct srtp_shim_policy
{
	srtp2_policy_t v2{};
	uint8_t key[SRTP_MAX_KEY_LEN]{};
};
using srtp_policy_t = srtp_shim_policy*;

inline srtp_err_status_t srtp_policy_create(srtp_policy_t* policy)
{
	*policy           = new srtp_shim_policy();
	(*policy)->v2.key = (*policy)->key;

	return srtp_err_status_ok;
}

inline void srtp_policy_destroy(srtp_policy_t policy)
{
	// The key must not stay in freed memory, and a plain memset may be optimised away.
	volatile uint8_t* key = policy->key;

	for (size_t i{ 0 }; i < sizeof(policy->key); ++i)
	{
		key[i] = 0;
	}

	delete policy;
}

inline srtp_err_status_t srtp_policy_set_ssrc(srtp_policy_t policy, srtp_ssrc_t ssrc)
{
	policy->v2.ssrc = ssrc;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_profile(srtp_policy_t policy, srtp_profile_t profile)
{
	const auto status = srtp_crypto_policy_set_from_profile_for_rtp(&policy->v2.rtp, profile);

	if (status != srtp_err_status_ok)
	{
		return status;
	}

	return srtp_crypto_policy_set_from_profile_for_rtcp(&policy->v2.rtcp, profile);
}

inline srtp_err_status_t srtp_policy_add_key(
  srtp_policy_t policy,
  const uint8_t* key,
  size_t keyLen,
  const uint8_t* salt,
  size_t saltLen,
  const uint8_t* mki,
  size_t mkiLen)
{
	// No MKI is ever negotiated by WebRTC (RFC 8827 §6.5), so none is carried over.
	if (mki || mkiLen != 0 || keyLen + saltLen > sizeof(policy->key))
	{
		return srtp_err_status_bad_param;
	}

	std::memcpy(policy->key, key, keyLen);
	std::memcpy(policy->key + keyLen, salt, saltLen);

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_allow_repeat_tx(srtp_policy_t policy, bool allow)
{
	policy->v2.allow_repeat_tx = allow ? 1 : 0;

	return srtp_err_status_ok;
}

inline srtp_err_status_t srtp_policy_set_window_size(srtp_policy_t policy, size_t size)
{
	policy->v2.window_size = static_cast<unsigned long>(size);

	return srtp_err_status_ok;
}

// libsrtp 2 copies key and policy, so the caller may destroy the policy at once.
inline srtp_err_status_t srtp_create(srtp_t* session, srtp_policy_t policy)
{
	return srtp_create(session, static_cast<const srtp2_policy_t*>(&policy->v2));
}

// The SSRC is in network order in both versions: it must not be swapped here.
inline srtp_err_status_t srtp_stream_remove(srtp_t session, uint32_t ssrc)
{
	return srtp_remove_stream(session, ssrc);
}

// libsrtp 2 works in place: `inOut` is called on a copy in `out` when the buffers differ.
template<typename InPlace>
inline srtp_err_status_t srtp_shim_in_place(
  InPlace inOut, const uint8_t* in, size_t inLen, uint8_t* out, size_t* outLen, size_t growth)
{
	if (inLen + growth > *outLen)
	{
		return srtp_err_status_buffer_small;
	}

	if (in != out)
	{
		std::memmove(out, in, inLen);
	}

	int len           = static_cast<int>(inLen);
	const auto status = inOut(out, &len);

	if (status == srtp_err_status_ok)
	{
		*outLen = static_cast<size_t>(len);
	}

	return status;
}

inline srtp_err_status_t srtp_protect(
  srtp_t session, const uint8_t* rtp, size_t rtpLen, uint8_t* srtp, size_t* srtpLen, size_t /*mkiIndex*/)
{
	return srtp_shim_in_place(
	  [session](void* data, int* len) { return srtp_protect(session, data, len); },
	  rtp, rtpLen, srtp, srtpLen, SRTP_MAX_TRAILER_LEN);
}

inline srtp_err_status_t srtp_unprotect(
  srtp_t session, const uint8_t* srtp, size_t srtpLen, uint8_t* rtp, size_t* rtpLen)
{
	return srtp_shim_in_place(
	  [session](void* data, int* len) { return srtp_unprotect(session, data, len); },
	  srtp, srtpLen, rtp, rtpLen, 0);
}

inline srtp_err_status_t srtp_protect_rtcp(
  srtp_t session, const uint8_t* rtcp, size_t rtcpLen, uint8_t* srtcp, size_t* srtcpLen, size_t /*mkiIndex*/)
{
	return srtp_shim_in_place(
	  [session](void* data, int* len) { return srtp_protect_rtcp(session, data, len); },
	  rtcp, rtcpLen, srtcp, srtcpLen, SRTP_MAX_TRAILER_LEN + srtp_shim_rtcp_index_len);
}

inline srtp_err_status_t srtp_unprotect_rtcp(
  srtp_t session, const uint8_t* srtcp, size_t srtcpLen, uint8_t* rtcp, size_t* rtcpLen)
{
	return srtp_shim_in_place(
	  [session](void* data, int* len) { return srtp_unprotect_rtcp(session, data, len); },
	  srtcp, srtcpLen, rtcp, rtcpLen, 0);
}
