import type { Words } from '../en/index.ts';

export const common: Pick<Words, 'common' | 'auth' | 'settings' | 'notFound' | 'crashed'> = {
  common: {
    name: 'Meetings',
    toLobby: 'Về sảnh',
    tryAgain: 'Thử lại',
    cancel: 'Hủy',
    close: 'Đóng',
    save: 'Lưu',
    copy: 'Sao chép',
    copied: 'Đã sao chép',
    loading: 'Đang tải…',
    skip: 'Đến nội dung chính',
    encrypted: 'Mã hóa đầu cuối',
    private: 'Riêng tư',
    people_one: '{{count}} người',
    people_other: '{{count}} người',
    seats: '{{taken}}/{{all}}',
    seatsLabel: 'Đã có {{taken}} trên {{all}} chỗ',
  },
  auth: {
    signIn: 'Đăng nhập',
    signOut: 'Đăng xuất',
    signingIn: 'Đang đăng nhập…',
    failedTitle: 'Đăng nhập không thành công',
    failedText:
      'Phản hồi từ trang đăng nhập đã quá hạn hoặc đã được dùng. Hãy quay lại và đăng nhập lần nữa.',
    unreachable: 'Hiện không kết nối được trang đăng nhập. Hãy thử lại sau giây lát.',
    lapsed: 'Phiên đăng nhập đã kết thúc. Hãy đăng nhập lại để tiếp tục.',
  },
  settings: {
    language: 'Ngôn ngữ',
    theme: 'Giao diện',
    system: 'Theo hệ thống',
    light: 'Sáng',
    dark: 'Tối',
  },
  notFound: {
    title: 'Không có gì ở đây',
    text: 'Có thể địa chỉ bị gõ nhầm.',
  },
  crashed: {
    title: 'Trang gặp sự cố',
    text: 'Hãy tải lại trang để tiếp tục. Nếu vẫn gặp, hãy báo cho người vận hành trang này.',
    reload: 'Tải lại',
  },
};
