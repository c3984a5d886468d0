import type { Words } from '../en/index.ts';

export const errors: Words['errors'] = {
  UNKNOWN: 'Đã xảy ra lỗi ({{code}}). Hãy thử lại sau giây lát.',
  UNREACHABLE: 'Mất kết nối. Hãy kiểm tra mạng; chúng tôi vẫn đang thử lại.',
  GATEWAY_NO_INSTANCE: 'Dịch vụ tạm vắng trong giây lát. Chúng tôi vẫn đang thử lại.',
  STORE_UNAVAILABLE: 'Dịch vụ tạm vắng trong giây lát. Chúng tôi vẫn đang thử lại.',
  LIVEKIT_UNAVAILABLE: 'Máy chủ hình và tiếng không trả lời. Hãy thử lại sau giây lát.',
  KEYCLOAK_UNAVAILABLE: 'Dịch vụ đăng nhập không trả lời. Hãy thử lại sau giây lát.',
  SIGNED_OUT: 'Phiên đăng nhập đã kết thúc. Hãy đăng nhập lại để tiếp tục.',
  RATE_LIMITED: 'Hơi nhanh quá. Hãy đợi một chút rồi thử lại.',
  BUSY: 'Nhiều người đang làm việc này cùng lúc. Hãy thử lại.',
  ROOM_NOT_FOUND: 'Không có phòng này.',
  ROOM_ENDED: 'Phòng này đã kết thúc.',
  ROOM_FULL: 'Phòng này đã đầy.',
  KICKED: 'Chủ phòng đã đưa bạn ra khỏi phòng này.',
  NOT_INVITED: 'Đây là phòng riêng tư và bạn không có trong danh sách.',
  NO_SEAT: 'Bạn không còn ở trong phòng.',
  NOT_HOST: 'Chỉ chủ phòng mới làm được việc này.',
  NO_SUCH_PARTICIPANT: 'Người này không còn ở trong phòng.',
  TOO_FEW_SEATS: 'Số người trong phòng đang nhiều hơn thế.',
  INVALID_REQUEST: 'Có mục chưa đúng. Hãy xem lại các ô.',
};
